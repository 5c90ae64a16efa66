// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Beast's http::async_write over loopback TCP, of more than fits into the sockets' buffers.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

/// Sends a large message; its cleanup makes a note of it.
class send_message {
public:
    using value_type = std::size_t;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_resets, ending::cancelled};

    send_message(asio::io_context& context, ending how)
        : send_message(context, support::tcp_pair(context), how)
    {
    }

    template <class Token>
    auto start(Token&& token)
    {
        return http::async_write(stream_, message_, std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            asio::async_read(peer_, asio::dynamic_buffer(received_), asio::transfer_at_least(much),
                             [](error_code, std::size_t) {});
        else if (how_ == ending::peer_resets)
            support::reset_connection(peer_);
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
        return bytes > 0 && (bytes > much) == (how_ == ending::succeeds);
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    static constexpr std::size_t much = 16 << 20;

    send_message(asio::io_context& context, support::tcp_pair pair, ending how)
        : stream_(std::move(pair.client))
        , peer_(std::move(pair.server))
        , journal_(context)
        , how_(how)
        , message_(http::verb::put, "/", 11, std::string(much, 's'))
    {
        message_.prepare_payload();
        if (tidy_fails())
            journal_.close();
    }

    beast::tcp_stream stream_;
    asio::ip::tcp::socket peer_;
    support::journal journal_;
    ending how_;
    http::request<http::string_body> message_;
    std::string received_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_http_write,
                      *label("E11") * label("F8") * label("F10") * label("S5"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::main_ways)
{
    support::run_every_ending<send_message, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
