// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "pair.hpp"
#include "timing.hpp"

#include <iterator>
#include <utility>
#include <vector>

// settle_bench [--quick]       times the pairs
int main(int argc, char** argv)
{
    auto pairs = bench::finally_pairs();
    for (auto more : {bench::asynchronous_finally_pairs(), bench::promise_pairs()})
        std::move(more.begin(), more.end(), std::back_inserter(pairs));

    return bench::time_pairs(pairs, std::vector<char*>(argv, argv + argc));
}
