// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

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

// The same as a chain of links, built first and then settled, by value or by error_code.
template <bool Fulfilled>
struct chain {
    static void start(loop& on, std::int64_t hops)
    {
        auto made = settle::with_resolvers<int>(asio::any_io_executor(on.context.get_executor()));
        std::optional<settle::promise<int>> last(std::move(made.promise));
        for (std::int64_t i = 0; i < hops; ++i)
            last.emplace(std::move(*last).then([](int value) { return value + 1; }));
        std::move(*last).catch_([](settle::error_code) { return 0; }).detach();
        if constexpr (Fulfilled)
            made.resolver.resolve(0);
        else
            made.resolver.reject(settle::errc::timed_out);
    }
};

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
        {"link, rejected against fulfilled",
         {"fulfilled", &chain<true>::start},
         {"settle", &chain<false>::start}},
    };
}

} // namespace bench
