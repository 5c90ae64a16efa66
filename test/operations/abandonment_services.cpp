// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die while resolvers, signal sets and channels are at work.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"

#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/resolver_base.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::that_is_all;

namespace {

// Resolves on a thread of its own, what needs no name server.
struct resolver {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto r = guard.template make<asio::ip::tcp::resolver>(context);
        const auto numeric =
            asio::ip::resolver_base::numeric_host | asio::ip::resolver_base::numeric_service;
        r->async_resolve("127.0.0.1", "80", numeric,
                         guard.token(r, [&guard, r, numeric](error_code, auto) {
                             r->async_resolve("::1", "80", numeric, guard.token(r, that_is_all));
                         }));
    }
};

struct signals {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto set = guard.template make<asio::signal_set>(context, SIGUSR1);
        set->async_wait(guard.token(set, that_is_all));
        set->async_wait(guard.token(set, [set](error_code, int) { set->cancel(); }));
        std::raise(SIGUSR1);
    }
};

struct channel {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        using channel_of_text = asio::experimental::channel<void(error_code, std::string)>;
        const auto c = guard.template make<channel_of_text>(context);
        c->async_receive(guard.token(c, [&guard, c](error_code, const std::string&) {
            c->async_receive(guard.token(c, that_is_all));
            c->close();
        }));
        c->async_send(error_code(), "hello", guard.token(c, that_is_all));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_services, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(resolving)
{
    support::abandon_at_every_step<resolver>();
}

BOOST_AUTO_TEST_CASE(waiting_for_signals)
{
    support::abandon_at_every_step<signals>();
}

BOOST_AUTO_TEST_CASE(sending_and_receiving)
{
    support::abandon_at_every_step<channel>();
}

BOOST_AUTO_TEST_SUITE_END()
