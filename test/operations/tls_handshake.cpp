// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The handshake of an ssl::stream over loopback TCP, whose cleanup shuts the stream down.

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

class shake_hands {
public:
    using value_type = void;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    shake_hands(asio::io_context& context, ending how)
        : pair_(context)
        , how_(how)
    {
    }

    template <class Token>
    auto start(Token&& token)
    {
        return pair_.client.async_handshake(asio::ssl::stream_base::client,
                                            std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            pair_.server.async_handshake(asio::ssl::stream_base::server, [this](error_code code) {
                BOOST_TEST(!code);
                pair_.answer_shutdown();
            });
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
        return pair_.client.async_shutdown(std::forward<Token>(token));
    }

    void close() { pair_.client.next_layer().close(); }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        switch (how_) {
        case ending::peer_closes:
            return code == asio::ssl::error::stream_truncated || code == asio::error::eof;
        case ending::peer_resets:
            return code == asio::error::connection_reset;
        case ending::cancelled:
            return code == asio::error::operation_aborted;
        default:
            return !code;
        }
    }

    [[nodiscard]] bool intact(std::monostate) const { return true; }

    // Without a handshake there is nothing to shut down, says OpenSSL.
    [[nodiscard]] bool tidy_fails() const { return how_ != ending::succeeds; }

    [[nodiscard]] bool tidied_so(error_code code) const
    {
        return code.category() == asio::error::get_ssl_category();
    }

private:
    support::tls_pair pair_;
    ending how_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_tls_handshake, *label("F8") * label("F10") * label("F6"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<shake_hands, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
