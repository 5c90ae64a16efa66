// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// asio::async_read from an ssl::stream over loopback TCP, whose cleanup shuts the stream down.

#include <settle/finally.hpp>

#include "support/operation_matrix.hpp"
#include "support/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

class read_five {
public:
    using value_type = std::size_t;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    read_five(asio::io_context& context, ending how)
        : pair_(context)
        , how_(how)
    {
        pair_.shake_hands(context);
    }

    template <class Token>
    auto start(Token&& token)
    {
        return asio::async_read(pair_.client, asio::buffer(data_), std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::cancelled) {
            signal.emit(asio::cancellation_type::terminal);
            pair_.answer_shutdown();
            return;
        }
        const std::size_t length = how_ == ending::succeeds ? 5 : 3;
        asio::async_write(pair_.server, asio::buffer("hello", length),
                          [this](error_code code, std::size_t) {
                              BOOST_TEST(!code);
                              if (how_ == ending::succeeds)
                                  pair_.answer_shutdown();
                              else if (how_ == ending::peer_closes)
                                  pair_.server.async_shutdown([](error_code) {});
                              else
                                  support::reset_connection(pair_.server.next_layer());
                          });
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
            return code == asio::error::eof;
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
        return bytes == (how_ == ending::succeeds ? 5u : how_ == ending::cancelled ? 0u : 3u);
    }

    // A peer that has shut down itself is content.
    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    support::tls_pair pair_;
    ending how_;
    std::array<char, 5> data_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_tls_read, *label("F6") * label("F8") * label("F10") * label("S5"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<read_five, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
