// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// asio::async_write over loopback TCP, of more than fits into the sockets' buffers.

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
#include <vector>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

/// Writes a lot; its cleanup makes a note of it.
class write_much {
public:
    using value_type = std::size_t;
    static constexpr std::array endings{ending::succeeds, ending::peer_resets, ending::cancelled};

    write_much(asio::io_context& context, ending how)
        : pair_(context)
        , journal_(context)
        , how_(how)
    {
        if (tidy_fails())
            journal_.close();
    }

    template <class Token>
    auto start(Token&& token)
    {
        return asio::async_write(pair_.client, asio::buffer(sent_), std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            asio::async_read(pair_.server, asio::buffer(received_), [](error_code, std::size_t) {});
        else if (how_ == ending::peer_resets)
            support::reset_connection(pair_.server);
        else
            signal.emit(asio::cancellation_type::terminal);
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

    // What had been written before the failure is told.
    [[nodiscard]] bool intact(std::size_t bytes) const
    {
        if (how_ == ending::succeeds)
            return bytes == sent_.size() && received_ == sent_;
        return bytes > 0 && bytes < sent_.size();
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    static constexpr std::size_t much = 16 << 20;
    support::tcp_pair pair_;
    support::journal journal_;
    ending how_;
    std::vector<char> sent_ = std::vector<char>(much, 's');
    std::vector<char> received_ = std::vector<char>(much);
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_write, *label("F8") * label("F10") * label("S5"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<write_much, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
