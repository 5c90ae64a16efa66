// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct measured_side {
    std::string name;
    quartiles nanoseconds; // a unit
    std::optional<double> allocations = std::nullopt;
    std::optional<double> instructions = std::nullopt;
};

/// settle against one rival.
struct comparison {
    std::string against;
    double ratio = 0; // of the medians
    quartiles rounds; // the ratio in each round
    std::optional<double> goal = std::nullopt;
};

/// Something that is counted and has a goal.
struct quantity {
    std::string what;
    std::string unit; // written behind the value
    double value = 0;
    std::optional<double> goal = std::nullopt;
};

/// The cost of one among so many.
struct curve_point {
    std::int64_t count = 0;
    double settle = 0; // nanoseconds
    double list = 0;
};

struct workload_result {
    std::string label;
    std::string name;
    std::string unit;
    std::vector<measured_side> sides = {}; // settle comes first
    std::vector<comparison> comparisons = {};
    std::vector<quantity> quantities = {};
    std::vector<curve_point> curve = {};
};

/// Whether what was measured, rounded as it is shown, keeps to the goal.
[[nodiscard]] bool within_goal(double value, double goal);

/// One goal or one comparison, as the tables show it.
struct row {
    std::string label;
    std::string workload;
    std::string against; // or what is counted
    std::string measured;
    std::string spread;
    std::string goal;
    std::string verdict; // "met", "missed", or nothing where there is no goal
    double value = 0;
    std::optional<double> wanted = std::nullopt;
    quartiles rounds = {};
};

[[nodiscard]] std::vector<row> rows_of(const std::vector<workload_result>& results);

/// Printed as printf's %.*f does.
[[nodiscard]] std::string fixed(double value, int digits);

/// Two digits for ratios, one for what is large.
[[nodiscard]] std::string readable(double value);

} // namespace bench
