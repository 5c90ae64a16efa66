// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die while coroutines, with and without a stack, wait for guarded operations.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"
#include "support/loopback.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <source_location>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::finally;

namespace {

struct connection {
    explicit connection(asio::io_context& context)
        : sockets(context)
    {
    }

    support::tcp_pair sockets;
    std::array<char, 5> data{};
};

/// One writes and one reads, each behind a cleanup.
struct coroutines {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto c = guard.template make<connection>(context);
        asio::co_spawn(context, read(guard, c), asio::detached);
        asio::co_spawn(context, write(guard, c), asio::detached);
    }

private:
    template <class Guard, class Connection>
    static asio::awaitable<void> read(Guard& guard, Connection c)
    {
        const auto where = std::source_location::current();
        auto& operation = guard.begin(where);
        const auto cleanup = guard.cleanup(operation, c);
        co_await asio::async_read(c->sockets.client, asio::buffer(c->data),
                                  finally(cleanup, asio::use_awaitable, where));
        guard.completed(operation);
    }

    template <class Guard, class Connection>
    static asio::awaitable<void> write(Guard& guard, Connection c)
    {
        const auto where = std::source_location::current();
        auto& operation = guard.begin(where);
        const auto cleanup = guard.cleanup(operation, c);
        co_await asio::async_write(c->sockets.server, asio::buffer("hello", 5),
                                   finally(cleanup, asio::use_awaitable, where));
        guard.completed(operation);
    }
};

struct stackful_coroutines {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto c = guard.template make<connection>(context);
        asio::spawn(
            context,
            [&guard, c](asio::yield_context yield) {
                const auto where = std::source_location::current();
                auto& operation = guard.begin(where);
                asio::async_read(c->sockets.client, asio::buffer(c->data),
                                 finally(guard.cleanup(operation, c), yield, where));
                guard.completed(operation);
            },
            asio::detached);
        asio::spawn(
            context,
            [&guard, c](asio::yield_context yield) {
                settle::error_code code;
                const auto where = std::source_location::current();
                auto& operation = guard.begin(where);
                asio::async_write(c->sockets.server, asio::buffer("hello", 5),
                                  finally(guard.cleanup(operation, c), yield[code], where));
                guard.completed(operation);
            },
            asio::detached);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_coroutines, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(awaiting)
{
    support::abandon_at_every_step<coroutines>();
}

BOOST_AUTO_TEST_CASE(yielding)
{
    support::abandon_at_every_step<stackful_coroutines>();
}

BOOST_AUTO_TEST_SUITE_END()
