// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "pair.hpp"

#include <settle/finally.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>

namespace bench {
namespace {

namespace asio = boost::asio;

// The same for both sides: a gauge goes down, then the next hop starts.
struct gauge {
    std::int64_t in_flight = 0;
};

gauge the_gauge;

struct by_hand_synchronous {
    asio::io_context* context;
    std::int64_t left;

    void operator()() const
    {
        --the_gauge.in_flight;
        if (left > 0)
            start(*context, left - 1);
    }

    static void start(asio::io_context& context, std::int64_t left)
    {
        ++the_gauge.in_flight;
        asio::post(context.get_executor(), by_hand_synchronous{&context, left});
    }
};

struct with_finally_synchronous {
    asio::io_context* context;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            start(*context, left - 1);
    }

    static void start(asio::io_context& context, std::int64_t left)
    {
        ++the_gauge.in_flight;
        asio::post(context.get_executor(),
                   settle::finally([]() noexcept { --the_gauge.in_flight; },
                                   with_finally_synchronous{&context, left}));
    }
};

// An asynchronous cleanup of one hop, by hand: post, then post again, then the handler.
struct by_hand_asynchronous {
    asio::io_context* context;
    std::int64_t left;
    bool cleaned;

    void operator()()
    {
        if (!cleaned) {
            --the_gauge.in_flight;
            cleaned = true;
            asio::post(context->get_executor(), *this);
        } else if (left > 0) {
            start(*context, left - 1);
        }
    }

    static void start(asio::io_context& context, std::int64_t left)
    {
        ++the_gauge.in_flight;
        asio::post(context.get_executor(), by_hand_asynchronous{&context, left, false});
    }
};

struct with_finally_asynchronous {
    asio::io_context* context;
    std::int64_t left;

    void operator()(std::exception_ptr) const
    {
        if (left > 0)
            start(*context, left - 1);
    }

    static void start(asio::io_context& context, std::int64_t left)
    {
        ++the_gauge.in_flight;
        asio::post(context.get_executor(), settle::finally(
                                               [&context] {
                                                   --the_gauge.in_flight;
                                                   return asio::post(context.get_executor(),
                                                                     asio::deferred);
                                               },
                                               with_finally_asynchronous{&context, left}));
    }
};

} // namespace

void add_finally_workloads()
{
    const auto start = [](auto hop) {
        return [hop](asio::io_context& context, std::int64_t hops) {
            decltype(hop)::start(context, hops - 1);
        };
    };
    add("cleanup, synchronous", "by hand", start(by_hand_synchronous{}));
    add("cleanup, synchronous", "settle", start(with_finally_synchronous{}));
    add("cleanup, asynchronous", "by hand", start(by_hand_asynchronous{}));
    add("cleanup, asynchronous", "settle", start(with_finally_asynchronous{}));
}

} // namespace bench
