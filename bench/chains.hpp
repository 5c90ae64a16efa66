// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loop.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <utility>

namespace bench {

namespace asio = boost::asio;

using io_executor = asio::io_context::executor_type;

/// The floor: what a loop itself costs.
template <class Executor>
struct deferred_hop {
    Executor executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            asio::defer(executor, deferred_hop{executor, left - 1});
    }

    static void start(loop& on, std::int64_t hops)
    {
        const Executor executor(on.context.get_executor());
        asio::defer(executor, deferred_hop{executor, hops - 1});
    }
};

/// Makes a promise, attaches to it, settles it from the loop, continues.
template <class Executor>
struct promise_hop {
    Executor executor;
    std::int64_t left;

    void operator()(int) const
    {
        if (left > 0)
            next(executor, left - 1);
    }

    static void next(const Executor& executor, std::int64_t left)
    {
        auto made = settle::with_resolvers<int>(executor);
        std::move(made.promise).then(promise_hop{executor, left}).detach();
        made.resolver.resolve(1);
    }

    static void start(loop& on, std::int64_t hops) { next(on.context.get_executor(), hops - 1); }
};

} // namespace bench
