// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die while timers, sockets and pipes are at work.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"
#include "support/loopback.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::unit_test::label;
using settle::error_code;
using support::that_is_all;

namespace {

struct timer {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto due = guard.template make<asio::steady_timer>(context);
        due->expires_at(asio::steady_timer::time_point::min());
        due->async_wait(guard.token(due, that_is_all));
        due->async_wait(guard.token(
            due, [&guard, due](error_code) { due->async_wait(guard.token(due, that_is_all)); }));
    }
};

struct cancelled_timer {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto never = guard.template make<asio::steady_timer>(context);
        never->expires_at(asio::steady_timer::time_point::max());
        never->async_wait(guard.token(never, that_is_all));
        asio::post(context, guard.plain(never, [never] { never->cancel(); }));
    }
};

/// A connection and what is read from it.
struct connection {
    explicit connection(asio::io_context& context)
        : sockets(context)
    {
    }

    support::tcp_pair sockets;
    std::array<char, 5> first{};
    std::array<char, 5> second{};
};

struct read_and_write {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto c = guard.template make<connection>(context);
        asio::async_read(c->sockets.client, asio::buffer(c->first),
                         guard.token(c, [&guard, c](error_code, std::size_t) {
                             asio::async_read(c->sockets.client, asio::buffer(c->second),
                                              guard.token(c, that_is_all));
                             c->sockets.server.close(); // in the middle of the second
                         }));
        asio::async_write(c->sockets.server, asio::buffer("hello", 5), guard.token(c, that_is_all));
    }
};

/// An acceptor and what connects to it.
struct listener {
    explicit listener(asio::io_context& context)
        : acceptor(support::loopback_acceptor(context))
        , client(context)
    {
    }

    tcp::acceptor acceptor;
    tcp::socket client;
};

struct accept_and_connect {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto l = guard.template make<listener>(context);
        l->acceptor.async_accept(guard.token(l, that_is_all));
        l->client.async_connect(l->acceptor.local_endpoint(), guard.token(l, that_is_all));
    }
};

struct pipes {
    explicit pipes(asio::io_context& context)
        : out(context)
        , in(context)
    {
        asio::connect_pipe(in, out);
    }

    asio::writable_pipe out;
    asio::readable_pipe in;
    std::array<char, 5> data{};
};

struct both_ends_of_a_pipe {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto ends = guard.template make<pipes>(context);
        asio::async_read(ends->in, asio::buffer(ends->data), guard.token(ends, that_is_all));
        asio::async_write(ends->out, asio::buffer("hello", 5), guard.token(ends, that_is_all));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_io, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(timers)
{
    support::abandon_at_every_step<timer>();
    support::abandon_at_every_step<cancelled_timer>();
}

BOOST_AUTO_TEST_CASE(reading_and_writing)
{
    support::abandon_at_every_step<read_and_write>();
}

BOOST_AUTO_TEST_CASE(accepting_and_connecting)
{
    support::abandon_at_every_step<accept_and_connect>();
}

BOOST_AUTO_TEST_CASE(pipes_between_two_ends)
{
    support::abandon_at_every_step<both_ends_of_a_pipe>();
}

BOOST_AUTO_TEST_SUITE_END()
