// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Writing a message to a Beast WebSocket over loopback TCP, of more than fits into the sockets'
// buffers.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/websocket_pair.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

/// Sends a large message; its cleanup makes a note of it and closes the socket.
class send_message {
public:
    using value_type = std::size_t;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_resets, ending::cancelled};

    send_message(asio::io_context& context, ending how)
        : context_(context)
        , pair_(context)
        , journal_(context)
        , how_(how)
    {
        pair_.shake_hands(context);
        pair_.server.read_message_max(much);
        if (tidy_fails())
            journal_.close();
    }

    template <class Token>
    auto start(Token&& token)
    {
        return pair_.client.async_write(asio::buffer(message_), std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            pair_.server.async_read(received_, [](error_code, std::size_t) {});
        else if (how_ == ending::peer_resets)
            support::reset_connection(pair_.server_socket());
        else {
            // Beast's composed operations heed a signal only while they wait for the socket.
            context_.poll();
            signal.emit(asio::cancellation_type::terminal);
        }
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return journal_.async_note(std::forward<Token>(token));
    }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        if (how_ == ending::succeeds)
            return !code;
        return how_ == ending::cancelled
                   ? code == asio::error::operation_aborted
                   : code == asio::error::connection_reset || code == asio::error::broken_pipe;
    }

    [[nodiscard]] bool intact(std::size_t bytes) const
    {
        if (how_ == ending::succeeds)
            return bytes == much && received_.size() == much;
        return bytes < much;
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    static constexpr std::size_t much = 16 << 20;
    asio::io_context& context_;
    support::websocket_pair pair_;
    support::journal journal_;
    ending how_;
    std::string message_ = std::string(much, 's');
    beast::flat_buffer received_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_websocket_write, *label("E11") * label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::main_ways)
{
    support::run_every_ending<send_message, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
