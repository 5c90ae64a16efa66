// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "progress.hpp"
#include "results.hpp"
#include "workload.hpp"

#include <vector>

namespace bench {

/// How long is measured.
struct effort {
    int rounds;
    nanoseconds batch; // at least; a side does as many units at a time as take so long
    int rounds_of_growth;
};

inline constexpr effort thorough{401, std::chrono::milliseconds(1), 9};
inline constexpr effort quick{61, std::chrono::microseconds(300), 3};

/// Measures all workloads that Google Benchmark's filter lets pass. All sides of a workload take
/// turns, in an order that changes with every round, so that whatever else the machine does meets
/// all of them.
[[nodiscard]] std::vector<workload_result> measure(const std::vector<workload>& workloads,
                                                   const std::vector<footprint>& footprints,
                                                   const std::vector<growth>& growths,
                                                   const effort& spent, progress& shown);

} // namespace bench
