// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "pair.hpp"

#include <optional>
#include <vector>

namespace bench {

/// Instructions a hop of either side.
struct instruction_counts {
    double floor = 0;
    double settle = 0;

    [[nodiscard]] double more() const { return settle - floor; }
    [[nodiscard]] double percent_more() const { return (settle / floor - 1) * 100; }
};

/// Counts by running this program again under valgrind's callgrind. Says so on stderr and returns
/// nothing where valgrind is not installed or fails.
[[nodiscard]] std::optional<instruction_counts> count_instructions(const pair& p);

/// The workload of the program that is run again: nothing is printed or measured.
int run_alone(const std::vector<pair>& pairs, const std::vector<char*>& arguments);

/// Prints a table. Returns the exit status.
int print_instructions(const std::vector<pair>& pairs);

} // namespace bench
