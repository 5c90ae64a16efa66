// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "compare.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <vector>

namespace bank {
namespace {

double median(std::vector<double>& of)
{
    std::sort(of.begin(), of.end());
    return (of[(of.size() - 1) / 2] + of[of.size() / 2]) / 2;
}

} // namespace

void compare(load& runs, const options& asked)
{
    const auto share = std::max<std::int64_t>(asked.transactions / (2 * asked.compare), 1);
    const auto speed_of = [&](cleanup_by way) {
        const auto begin = std::chrono::steady_clock::now();
        runs.run(share, asked.threads, way);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        return static_cast<double>(share) / took.count();
    };
    std::vector<double> by_finally, by_hand;
    for (unsigned round = 0; round < asked.compare; ++round) {
        for (const bool first : {true, false}) { // neither is always the first
            if (first == (round % 2 == 0))
                by_finally.push_back(speed_of(cleanup_by::finally));
            else
                by_hand.push_back(speed_of(cleanup_by::hand));
        }
    }
    const auto with = median(by_finally);
    const auto without = median(by_hand);
    std::cout << asked.compare << " rounds of " << share << ": by finally " << with
              << " transactions/s, by hand " << without << ", ratio " << with / without << '\n';
}

} // namespace bank
