// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <barrier>
#include <thread>
#include <vector>

namespace support {

inline constexpr int rounds = 2000;

/// Runs the functions on a thread each, again and again, all starting together; between has the
/// threads at rest.
template <class Before, class After, class... Functions>
void race_for(int times, Before before, After after, Functions... functions)
{
    std::barrier start(sizeof...(Functions) + 1);
    std::barrier end(sizeof...(Functions) + 1);
    const auto repeat = [&](auto function) {
        for (int i = 0; i < times; ++i) {
            start.arrive_and_wait();
            function();
            end.arrive_and_wait();
        }
    };
    std::vector<std::thread> threads;
    (threads.emplace_back(repeat, functions), ...);
    for (int i = 0; i < times; ++i) {
        before();
        start.arrive_and_wait();
        end.arrive_and_wait();
        after();
    }
    for (auto& thread : threads)
        thread.join();
}

template <class Before, class After, class... Functions>
void race(Before before, After after, Functions... functions)
{
    race_for(rounds, before, after, functions...);
}

} // namespace support
