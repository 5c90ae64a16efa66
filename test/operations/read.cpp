// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// asio::async_read over loopback TCP.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
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

/// Reads five bytes; its cleanup says goodbye to the peer.
class read_five {
public:
    using value_type = std::size_t;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    read_five(asio::io_context& context, ending how)
        : pair_(context)
        , how_(how)
    {
    }

    template <class Token>
    auto start(Token&& token)
    {
        return asio::async_read(pair_.client, asio::buffer(data_), std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            asio::write(pair_.server, asio::buffer("hello", 5));
        else
            asio::write(pair_.server, asio::buffer("hel", 3));
        if (how_ == ending::peer_closes)
            pair_.server.shutdown(asio::socket_base::shutdown_send);
        else if (how_ == ending::peer_resets)
            support::reset_connection(pair_.server);
        else if (how_ == ending::cancelled)
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return asio::async_write(pair_.client, asio::buffer("bye", 3), std::forward<Token>(token));
    }

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

    // Nothing was read before the signal: the loop did not run in between.
    [[nodiscard]] bool intact(std::size_t bytes) const
    {
        return bytes == (how_ == ending::succeeds ? 5u : how_ == ending::cancelled ? 0u : 3u);
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    support::tcp_pair pair_;
    ending how_;
    std::array<char, 5> data_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_read, *label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<read_five, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
