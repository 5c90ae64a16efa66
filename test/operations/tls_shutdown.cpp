// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The shutdown of an ssl::stream over loopback TCP, whose cleanup makes a note of it and closes the
// socket.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>
#include <variant>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

class shut_down {
public:
    using value_type = void;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    shut_down(asio::io_context& context, ending how)
        : pair_(context)
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
        return pair_.client.async_shutdown(std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            pair_.answer_shutdown();
        else if (how_ == ending::peer_closes)
            pair_.server.next_layer().shutdown(asio::socket_base::shutdown_send);
        else if (how_ == ending::peer_resets)
            support::reset_connection(pair_.server.next_layer());
        else
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        close();
        return journal_.async_note(std::forward<Token>(token));
    }

    void close() { pair_.client.next_layer().close(); }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        switch (how_) {
        case ending::peer_closes:
            return code == asio::ssl::error::stream_truncated;
        case ending::peer_resets:
            return code == asio::error::connection_reset;
        case ending::cancelled:
            return code == asio::error::operation_aborted;
        default:
            return !code;
        }
    }

    [[nodiscard]] bool intact(std::monostate) const { return true; }
    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_closes; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    support::tls_pair pair_;
    support::journal journal_;
    ending how_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_tls_shutdown, *label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<shut_down, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
