// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Reading a message from a Beast WebSocket over loopback TCP, whose cleanup closes the WebSocket.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/websocket_pair.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

class read_message {
public:
    using value_type = std::size_t;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    read_message(asio::io_context& context, ending how)
        : pair_(context)
        , how_(how)
    {
        pair_.shake_hands(context);
    }

    template <class Token>
    auto start(Token&& token)
    {
        return pair_.client.async_read(buffer_, std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            pair_.server.async_write(asio::buffer("hello", 5),
                                     [this](error_code code, std::size_t) {
                                         BOOST_TEST(!code);
                                         pair_.answer_close();
                                     });
        else if (how_ == ending::peer_closes)
            pair_.server.async_close(websocket::close_code::going_away, [](error_code) {});
        else if (how_ == ending::peer_resets)
            support::reset_connection(pair_.server_socket());
        else
            signal.emit(asio::cancellation_type::terminal);
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
            return code == websocket::error::closed;
        case ending::peer_resets:
            return code == asio::error::connection_reset;
        case ending::cancelled:
            return code == asio::error::operation_aborted;
        default:
            return !code;
        }
    }

    [[nodiscard]] bool intact(std::size_t bytes) const
    {
        if (how_ != ending::succeeds)
            return bytes == 0;
        return bytes == 5 && beast::buffers_to_string(buffer_.data()) == "hello";
    }

    // What has failed or is closed cannot be closed.
    [[nodiscard]] bool tidy_fails() const { return how_ != ending::succeeds; }

    [[nodiscard]] bool tidied_so(error_code code) const
    {
        return code == asio::error::operation_aborted;
    }

private:
    support::websocket_pair pair_;
    ending how_;
    beast::flat_buffer buffer_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_websocket_read,
                      *label("E11") * label("F6") * label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<read_message, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
