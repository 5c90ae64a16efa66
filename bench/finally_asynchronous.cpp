// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "by_hand.hpp"
#include "handler_memory.hpp"
#include "loop.hpp"
#include "node.hpp"
#include "workloads.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <exception>
#include <utility>

// A hop, then an asynchronous cleanup of one hop, then the handler.
namespace bench {
namespace {

using any = asio::any_io_executor;
using io_executor = asio::io_context::executor_type;

std::int64_t in_flight = 0;

// The hops alone: nothing shields or guards the cleanup, and it must not throw.
template <class Memory, class Executor>
struct bare_on : Memory {
    loop* on;
    std::int64_t left;
    bool cleaned;

    void operator()()
    {
        if (!cleaned) {
            --in_flight;
            cleaned = true;
            asio::post(Executor(on->context.get_executor()), *this);
        } else if (left > 0) {
            start(*on, left);
        }
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(Executor(on.context.get_executor()), bare_on{{}, &on, hops - 1, false});
    }
};

template <class Memory, class Executor>
struct composed_on : Memory {
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
        async_post_then_clean(Executor(on.context.get_executor()), in_flight,
                              composed_on{{}, &on, hops - 1});
    }
};

template <class Memory>
using bare = bare_on<Memory, io_executor>;

template <class Memory>
using composed_by_hand = composed_on<Memory, io_executor>;

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

// On the promise surface. Cleanup is what returns the one hop.
template <class Cleanup>
struct promise_with_finally {
    any executor;
    std::int64_t left;

    void operator()(int) const
    {
        if (left > 0)
            next(executor, left - 1);
    }

    static void next(const any& executor, std::int64_t left)
    {
        ++in_flight;
        auto made = settle::with_resolvers<int>(executor);
        std::move(made.promise)
            .finally(Cleanup{executor})
            .then(promise_with_finally{executor, left})
            .detach();
        made.resolver.resolve(1);
    }

    static void start(loop& on, std::int64_t hops) { next(on.context.get_executor(), hops - 1); }
};

struct returns_promise {
    any executor;

    settle::promise<void> operator()() const
    {
        --in_flight;
        return settle::resolved(executor);
    }
};

struct returns_operation {
    any executor;

    auto operator()() const
    {
        --in_flight;
        return asio::post(executor, asio::deferred);
    }
};

// By hand with the promise's executor, and with the loop's own.
std::vector<rival> by_hand(double goal)
{
    return {{chain("by hand", &composed_on<recycled_memory, any>::start), goal},
            {chain("by hand, io_context::executor_type",
                   &composed_on<recycled_memory, io_executor>::start)},
            {chain("bare posts", &bare_on<recycled_memory, any>::start)}};
}

} // namespace

std::vector<workload> finally_asynchronous()
{
    workload of_promise{.label = "W4",
                        .name = "member finally, cleanup returns a promise",
                        .unit = "hop with cleanup",
                        .settle = chain("settle", &promise_with_finally<returns_promise>::start),
                        .rivals = by_hand(1.0)};
    add_node(of_promise, "finally_asynchronous");
    return {
        of_promise,
        {.label = "W4",
         .name = "member finally, cleanup returns an operation",
         .unit = "hop with cleanup",
         .settle = chain("settle", &promise_with_finally<returns_operation>::start),
         .rivals = by_hand(1.4)},
        {.label = "W4",
         .name = "the same guarantees",
         .unit = "hop with cleanup",
         .settle = make_side<with_finally>("settle"),
         .rivals = {{make_side<composed_by_hand>("by hand"), 1.1}},
         .allowed = {.instruction_percent = 10, .allocations = 0}},
        {.label = "W4",
         .name = "post, asynchronous cleanup",
         .unit = "hop with cleanup",
         .settle = make_side<with_finally>("settle"),
         .rivals = {{make_side<bare>("bare posts")}},
         .allowed = {.allocations = 1}},
    };
}

} // namespace bench
