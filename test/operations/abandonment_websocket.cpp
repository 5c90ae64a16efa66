// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die in the middle of a WebSocket session with Beast.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"
#include "support/websocket_pair.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::unit_test::label;
using settle::error_code;
using support::that_is_all;

namespace {

struct session {
    explicit session(asio::io_context& context)
        : sockets(context)
    {
    }

    support::websocket_pair sockets;
    beast::flat_buffer received;
};

/// Handshake, a message, and a client that closes the WebSocket as its cleanup.
struct whole_session {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto s = guard.template make<session>(context);
        s->sockets.client.async_handshake(
            "localhost", "/", guard.token(s, [&guard, s](error_code) { read(guard, s); }));
        s->sockets.server.async_accept(
            guard.token(s, [&guard, s](error_code) { write(guard, s); }));
    }

private:
    template <class Guard, class Session>
    static void read(Guard& guard, const Session& s)
    {
        s->sockets.client.async_read(
            s->received, guard.token(
                             s,
                             [s] {
                                 return s->sockets.client.async_close(websocket::close_code::normal,
                                                                      asio::deferred);
                             },
                             [s](error_code, std::size_t) {
                                 beast::get_lowest_layer(s->sockets.client).socket().close();
                             }));
    }

    template <class Guard, class Session>
    static void write(Guard& guard, const Session& s)
    {
        s->sockets.server.async_write(
            asio::buffer("hello", 5), guard.token(s, [&guard, s](error_code, std::size_t) {
                s->sockets.server.async_read(s->sockets.ignored, guard.token(s, that_is_all));
            }));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_websocket, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(from_handshake_to_close)
{
    support::abandon_at_every_step<whole_session>();
}

BOOST_AUTO_TEST_SUITE_END()
