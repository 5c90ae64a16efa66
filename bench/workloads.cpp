// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "workloads.hpp"

#include <iterator>
#include <utility>

std::vector<bench::workload> bench::workloads()
{
    std::vector<workload> every;
    for (auto part : {hop(), operation(), links(), finally_member(), finally_synchronous(),
                      finally_asynchronous(), errors(), all(), two_threads(), echo()})
        std::move(part.begin(), part.end(), std::back_inserter(every));
    return every;
}
