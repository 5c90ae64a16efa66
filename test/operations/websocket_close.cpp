// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Closing a Beast WebSocket over loopback TCP, whose cleanup makes a note of it.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/websocket_pair.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>
#include <variant>

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

class close_it {
public:
    using value_type = void;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_resets, ending::cancelled};

    close_it(asio::io_context& context, ending how)
        : context_(context)
        , pair_(context)
        , journal_(context)
        , how_(how)
    {
        pair_.shake_hands(context);
        if (tidy_fails())
            journal_.close();
    }

    template <class Token>
    auto start(Token&& token)
    {
        return pair_.client.async_close(websocket::close_code::normal, std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            pair_.answer_close();
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
        return how_ == ending::cancelled ? code == asio::error::operation_aborted
                                         : code == asio::error::connection_reset;
    }

    [[nodiscard]] bool intact(std::monostate) const { return true; }
    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    asio::io_context& context_;
    support::websocket_pair pair_;
    support::journal journal_;
    ending how_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_websocket_close, *label("E11") * label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::main_ways_at_home)
{
    support::run_every_ending<close_it, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
