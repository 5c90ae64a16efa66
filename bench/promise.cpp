// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"
#include "pair.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <optional>

namespace bench {
namespace {

namespace asio = boost::asio;

template <class Executor>
struct post_hop {
    Executor executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            asio::post(executor, post_hop{executor, left - 1});
    }

    static void start(loop& on, std::int64_t hops)
    {
        asio::post(Executor(on.context.get_executor()),
                   post_hop{on.context.get_executor(), hops - 1});
    }
};

// A hop: make a promise, attach to it, settle it from the loop.
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

// A hop: ten links, built and then settled by a value or by an error_code, with what ends the
// chain.
template <bool Fulfilled>
struct ten_links {
    asio::any_io_executor executor;
    std::int64_t left;

    int operator()(int) const { return next(); }
    int operator()(settle::error_code) const { return next(); }

    int next() const
    {
        if (left > 0)
            begin(executor, left - 1);
        return 0;
    }

    static void begin(const asio::any_io_executor& executor, std::int64_t left)
    {
        auto made = settle::with_resolvers<int>(executor);
        std::optional<settle::promise<int>> last(std::move(made.promise));
        for (int i = 0; i < 10; ++i)
            last.emplace(std::move(*last).then([](int value) { return value + 1; }));
        const ten_links again{executor, left};
        std::move(*last)
            .then([again](int value) { return again(value); },
                  [again](settle::error_code code) { return again(code); })
            .detach();
        if constexpr (Fulfilled)
            made.resolver.resolve(0);
        else
            made.resolver.reject(settle::errc::timed_out);
    }

    static void start(loop& on, std::int64_t hops) { begin(on.context.get_executor(), hops - 1); }
};

// A promise that is pending and has a continuation with a small capture.
template <class Executor>
std::uint64_t pending_with_continuation()
{
    loop on;
    const Executor executor(on.context.get_executor());
    settle::resolved(executor).detach(); // what the first promise of a thread and a context costs
    int ran = 0;
    const auto before = allocated_bytes();
    auto made = settle::with_resolvers<int>(executor);
    std::move(made.promise).then([&ran](int) { ++ran; }).detach();
    const auto bytes = allocated_bytes() - before;
    made.resolver.resolve(1);
    on.context.run();
    return bytes;
}

} // namespace

std::vector<pair> promise_pairs()
{
    using io = asio::io_context::executor_type;
    using any = asio::any_io_executor;
    return {
        {"hop, io_context::executor_type",
         {"asio::post", &post_hop<io>::start},
         {"settle", &promise_hop<io>::start}},
        {"hop, any_io_executor",
         {"asio::post", &post_hop<any>::start},
         {"settle", &promise_hop<any>::start}},
        {"ten links, rejected",
         {"fulfilled", &ten_links<true>::start, &ten_links<true>::start},
         {"settle", &ten_links<false>::start, &ten_links<false>::start},
         {.instruction_percent = 10, .allocations = 0}},
    };
}

std::vector<footprint> promise_footprints()
{
    return {
        {"pending, io_context::executor_type",
         &pending_with_continuation<asio::io_context::executor_type>, 320},
        {"pending, any_io_executor", &pending_with_continuation<asio::any_io_executor>, 368},
    };
}

} // namespace bench
