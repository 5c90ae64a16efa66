// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "by_hand.hpp"
#include "handler_memory.hpp"
#include "pair.hpp"

#include <settle/finally.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <exception>

// A hop, then an asynchronous cleanup of one hop, then the handler.
namespace bench {
namespace {

std::int64_t in_flight = 0;

// The hops alone: nothing shields or guards the cleanup, and it must not throw.
template <class Memory>
struct bare : Memory {
    loop* on;
    std::int64_t left;
    bool cleaned;

    void operator()()
    {
        if (!cleaned) {
            --in_flight;
            cleaned = true;
            asio::post(on->context.get_executor(), *this);
        } else if (left > 0) {
            start(*on, left);
        }
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(on.context.get_executor(), bare{{}, &on, hops - 1, false});
    }
};

template <class Memory>
struct composed_by_hand : Memory {
    loop* on;
    std::int64_t left;

    void operator()(std::exception_ptr failure) const
    {
        if (!failure && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        async_post_then_clean(on.context.get_executor(), in_flight,
                              composed_by_hand{{}, &on, hops - 1});
    }
};

template <class Memory>
struct with_finally : Memory {
    loop* on;
    std::int64_t left;

    void operator()(std::exception_ptr failure) const
    {
        if (!failure && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        const auto executor = on.context.get_executor();
        asio::post(executor, settle::finally(
                                 [executor] {
                                     --in_flight;
                                     return asio::post(executor, asio::deferred);
                                 },
                                 with_finally{{}, &on, hops - 1}));
    }
};

} // namespace

std::vector<pair> asynchronous_finally_pairs()
{
    return {
        {"post, asynchronous cleanup",
         make_side<bare>("bare posts"),
         make_side<with_finally>("settle"),
         {.allocations = 1}},
        {"the same guarantees",
         make_side<composed_by_hand>("by hand"),
         make_side<with_finally>("settle"),
         {.instruction_percent = 10, .allocations = 0}},
    };
}

} // namespace bench
