// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace bench {

using nanoseconds = std::chrono::duration<double, std::nano>;

/// Runs so many units and says how long they took. What it runs on lives as long as it does, so
/// only the first call is cold.
using batch = std::function<nanoseconds(std::int64_t units)>;

/// One way to do the work.
struct side {
    std::string name;
    std::function<batch()> open;
    // The same with counted_memory; empty where allocations have no limit.
    std::function<batch()> open_counted = {};
    // False for what another process does: nothing can be counted there.
    bool in_this_process = true;
};

/// What settle is measured against.
struct rival {
    side against;
    // How many times its time settle may take.
    std::optional<double> goal = std::nullopt;
};

/// How much settle may cost a unit more than the floor. Checked, since it is counted.
struct limits {
    double instructions = std::numeric_limits<double>::infinity();
    double instruction_percent = std::numeric_limits<double>::infinity();
    double allocations = std::numeric_limits<double>::infinity();
    // Of settle alone.
    double throws = std::numeric_limits<double>::infinity();
};

/// What is wanted of counts. Not checked.
struct count_goals {
    std::optional<double> allocations = std::nullopt;       // a unit
    std::optional<double> more_allocations = std::nullopt;  // than the floor
    std::optional<double> more_instructions = std::nullopt; // than the floor
};

struct workload {
    std::string label; // of the goal: W1
    std::string name;
    std::string unit;
    side settle;
    std::vector<rival> rivals; // the floor comes first
    limits allowed = {};
    count_goals wanted = {};
    // Units come in multiples of it.
    std::int64_t granule = 1;
    // How many times as long as others its batches are, where more than one thread or the system
    // takes part.
    double longer = 1;
};

/// What exists at rest, and how much of the heap each has.
struct footprint {
    struct size {
        double bytes;
        double blocks;
    };

    std::string what;
    size (*measure)();
    double allowed; // bytes; checked
    std::optional<double> goal = std::nullopt;
};

/// How the cost of one grows with how many there are.
struct growth {
    std::string name;
    // Of one among so many.
    std::function<nanoseconds(std::int64_t count)> settle;
    std::function<nanoseconds(std::int64_t count)> list;
};

/// How many times what a list's cost grows by settle's may.
inline constexpr double growth_goal = 1.5;

} // namespace bench
