// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "loop.hpp"

#include <chrono>
#include <memory>

std::function<bench::batch()> bench::on_loop(starter start, threads run_by)
{
    return [start, run_by]() -> batch {
        return [start, on = std::make_shared<loop>(run_by)](std::int64_t units) {
            const auto begin = std::chrono::steady_clock::now();
            start(*on, units);
            on->context.run();
            on->context.restart();
            return nanoseconds(std::chrono::steady_clock::now() - begin);
        };
    };
}
