// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die in the middle of a TLS session.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"
#include "support/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::that_is_all;

namespace {

struct session {
    explicit session(asio::io_context& context)
        : tls(context)
    {
    }

    support::tls_pair tls;
    std::array<char, 5> received{};
    std::array<char, 5> ignored{};
};

/// Handshake, a message, and a client that shuts down as its cleanup.
struct whole_session {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto s = guard.template make<session>(context);
        s->tls.client.async_handshake(asio::ssl::stream_base::client,
                                      guard.token(s, [&guard, s](error_code) { read(guard, s); }));
        s->tls.server.async_handshake(asio::ssl::stream_base::server,
                                      guard.token(s, [&guard, s](error_code) { write(guard, s); }));
    }

private:
    template <class Guard, class Session>
    static void read(Guard& guard, const Session& s)
    {
        asio::async_read(s->tls.client, asio::buffer(s->received),
                         guard.token(
                             s, [s] { return s->tls.client.async_shutdown(asio::deferred); },
                             [s](error_code, std::size_t) { s->tls.client.next_layer().close(); }));
    }

    template <class Guard, class Session>
    static void write(Guard& guard, const Session& s)
    {
        asio::async_write(
            s->tls.server, asio::buffer("hello", 5),
            guard.token(s, [&guard, s](error_code, std::size_t) { answer_shutdown(guard, s); }));
    }

    template <class Guard, class Session>
    static void answer_shutdown(Guard& guard, const Session& s)
    {
        s->tls.server.async_read_some(asio::buffer(s->ignored),
                                      guard.token(s, [&guard, s](error_code, std::size_t) {
                                          s->tls.server.async_shutdown(guard.token(s, that_is_all));
                                      }));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_tls, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(from_handshake_to_shutdown)
{
    support::abandon_at_every_step<whole_session>();
}

BOOST_AUTO_TEST_SUITE_END()
