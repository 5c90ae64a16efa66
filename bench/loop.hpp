// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "workload.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace bench {

/// How many threads may come to an io_context.
enum class threads { many, one };

/// What the workloads run on.
struct loop {
    explicit loop(threads run_by = threads::many)
        : context(run_by == threads::one ? BOOST_ASIO_CONCURRENCY_HINT_UNSAFE
                                         : BOOST_ASIO_CONCURRENCY_HINT_DEFAULT)
    {
    }

    boost::asio::io_context context;
    // For those that wait. Made by them, since a context with a timer also looks for its expiry
    // between the hops of those that do not.
    std::optional<boost::asio::steady_timer> timer;
};

/// Starts a chain of units: each completion starts the next.
using starter = void (*)(loop&, std::int64_t units);

/// Opens a loop on which the batches run.
[[nodiscard]] std::function<batch()> on_loop(starter start, threads run_by = threads::many);

/// A side that is a chain on a loop.
[[nodiscard]] inline side chain(std::string name, starter start, threads run_by = threads::many)
{
    return {.name = std::move(name), .open = on_loop(start, run_by)};
}

/// ", without locks" for a loop that is one thread's.
[[nodiscard]] inline const char* suffix_of(threads run_by)
{
    return run_by == threads::one ? ", without locks" : "";
}

} // namespace bench
