// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// What the workloads run on.
struct loop {
    boost::asio::io_context context;
    // For those that wait. Made by them, since a context with a timer also looks for its expiry
    // between the hops of those that do not.
    std::optional<boost::asio::steady_timer> timer;
};

/// Starts a chain of hops: each completion starts the next.
using starter = void (*)(loop&, std::int64_t hops);

/// One side of a pair.
struct side {
    std::string name;
    starter start;
    // The same with counted_memory; null where allocations have no limit.
    starter start_counted = nullptr;
};

/// How much settle may cost a hop more than the floor.
struct limits {
    double instructions = std::numeric_limits<double>::infinity();
    double instruction_percent = std::numeric_limits<double>::infinity();
    double allocations = std::numeric_limits<double>::infinity();
};

/// A workload: the floor against settle.
struct pair {
    std::string workload;
    side floor;
    side settle;
    limits allowed = {};
};

/// What exists at rest, and how many bytes of the heap it may have.
struct footprint {
    std::string what;
    std::uint64_t (*bytes)();
    std::uint64_t allowed;
};

[[nodiscard]] std::vector<footprint> promise_footprints();

[[nodiscard]] std::vector<pair> finally_pairs();
[[nodiscard]] std::vector<pair> asynchronous_finally_pairs();
[[nodiscard]] std::vector<pair> promise_pairs();

/// Runs a chain to its end.
inline void run(loop& on, starter start, std::int64_t hops)
{
    start(on, hops);
    on.context.run();
    on.context.restart();
}

} // namespace bench
