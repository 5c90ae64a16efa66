// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// asio::async_read_until over a pair of local sockets.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

/// Reads a line; its cleanup acknowledges it.
class read_line {
public:
    using value_type = std::size_t;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::cancelled};

    read_line(asio::io_context& context, ending how)
        : socket_(context)
        , peer_(context)
        , how_(how)
    {
        asio::local::connect_pair(socket_, peer_);
    }

    template <class Token>
    auto start(Token&& token)
    {
        return asio::async_read_until(socket_, asio::dynamic_buffer(line_), '\n',
                                      std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            asio::write(peer_, asio::buffer("one\ntwo", 7));
        else
            asio::write(peer_, asio::buffer("one", 3));
        if (how_ == ending::peer_closes)
            peer_.close();
        else if (how_ == ending::cancelled)
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return asio::async_write(socket_, asio::buffer("ok", 2), std::forward<Token>(token));
    }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        if (how_ == ending::succeeds)
            return !code;
        return how_ == ending::cancelled ? code == asio::error::operation_aborted
                                         : code == asio::error::eof;
    }

    [[nodiscard]] bool intact(std::size_t length) const
    {
        if (how_ == ending::succeeds)
            return length == 4 && line_ == "one\ntwo";
        return length == 0 && line_ == (how_ == ending::cancelled ? "" : "one");
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_closes; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    asio::local::stream_protocol::socket socket_;
    asio::local::stream_protocol::socket peer_;
    ending how_;
    std::string line_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_read_until, *label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<read_line, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
