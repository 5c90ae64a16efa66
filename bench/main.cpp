// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "check.hpp"
#include "instructions.hpp"
#include "pair.hpp"
#include "timing.hpp"

#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

// settle_bench [--quick]       times the pairs
// settle_bench --instructions  counts instructions, where valgrind is installed
// settle_bench --check         fails when what is counted passes its limit
int main(int argc, char** argv)
{
    auto pairs = bench::finally_pairs();
    for (auto more : {bench::asynchronous_finally_pairs(), bench::promise_pairs()})
        std::move(more.begin(), more.end(), std::back_inserter(pairs));

    const std::vector<char*> arguments(argv, argv + argc);
    const std::string_view option = argc > 1 ? argv[1] : "";
    if (option == "--instructions")
        return bench::print_instructions(pairs);
    if (option == "--check")
        return bench::check_limits(pairs, bench::promise_footprints());
    if (option == "--run")
        return bench::run_alone(pairs, arguments);
    return bench::time_pairs(pairs, arguments);
}
