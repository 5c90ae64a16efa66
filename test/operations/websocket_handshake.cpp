// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The handshake of a Beast WebSocket over loopback TCP, whose cleanup closes the WebSocket.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/websocket_pair.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>
#include <variant>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

class shake_hands {
public:
    using value_type = void;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::refused,
                                        ending::cancelled};

    shake_hands(asio::io_context& context, ending how)
        : pair_(context)
        , how_(how)
    {
    }

    template <class Token>
    auto start(Token&& token)
    {
        return pair_.client.async_handshake("localhost", "/", std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds) {
            pair_.server.async_accept([this](error_code code) {
                BOOST_TEST(!code);
                pair_.answer_close();
            });
        } else if (how_ == ending::refused) {
            asio::write(pair_.server_socket(),
                        asio::buffer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 45));
            pair_.server_socket().shutdown(asio::socket_base::shutdown_send);
        } else if (how_ == ending::peer_closes) {
            pair_.server_socket().shutdown(asio::socket_base::shutdown_send);
        } else {
            signal.emit(asio::cancellation_type::terminal);
        }
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return pair_.client.async_close(websocket::close_code::normal, std::forward<Token>(token));
    }

    void close() { beast::get_lowest_layer(pair_.client).socket().close(); }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        switch (how_) {
        case ending::peer_closes:
            return code == beast::http::error::end_of_stream;
        case ending::refused:
            return code == websocket::error::upgrade_declined;
        case ending::cancelled:
            return code == asio::error::operation_aborted;
        default:
            return !code;
        }
    }

    [[nodiscard]] bool intact(std::monostate) const { return true; }

    // What was never open cannot be closed, although Beast tries that when it was declined.
    [[nodiscard]] bool tidy_fails() const { return how_ != ending::succeeds; }

    [[nodiscard]] bool tidied_so(error_code code) const
    {
        return code == (how_ == ending::refused ? error_code(asio::error::eof)
                                                : error_code(asio::error::operation_aborted));
    }

private:
    support::websocket_pair pair_;
    ending how_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_websocket_handshake,
                      *label("E11") * label("F6") * label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::main_ways)
{
    support::run_every_ending<shake_hands, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
