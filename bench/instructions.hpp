// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "progress.hpp"
#include "results.hpp"
#include "workload.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Instructions a unit of settle and of its floor.
struct instruction_counts {
    double floor = 0;
    double settle = 0;

    [[nodiscard]] double more() const { return settle - floor; }
    [[nodiscard]] double percent_more() const { return (settle / floor - 1) * 100; }
};

/// Counts by running this program again under valgrind's callgrind. Says so on stderr and returns
/// nothing where valgrind is not installed or fails.
[[nodiscard]] std::optional<instruction_counts> count_instructions(const workload& w);

/// The work of the program that is run again: nothing is printed or measured. Returns the exit
/// status.
int run_alone(const std::vector<workload>& workloads, const std::string& workload_name,
              const std::string& side_name, std::int64_t units);

/// Prints a table. Returns the exit status.
int print_instructions(const std::vector<workload>& workloads);

/// Adds the counts of every side to what has been measured. Returns false where they could not be
/// had.
bool add_instructions(std::vector<workload_result>& results, const std::vector<workload>& workloads,
                      progress& shown);

} // namespace bench
