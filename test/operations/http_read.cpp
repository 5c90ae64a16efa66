// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Beast's http::async_read over loopback TCP, whose cleanup sends a last response. On Boost 1.81
// the initiations of Beast show no executor: it is that of the stream they are given (E11).

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

constexpr std::string_view request = "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

class read_message {
public:
    using value_type = std::size_t;
    static constexpr bool slow_to_compile = true;
    static constexpr std::array endings{ending::succeeds, ending::peer_closes, ending::peer_resets,
                                        ending::cancelled};

    read_message(asio::io_context& context, ending how)
        : read_message(support::tcp_pair(context), how)
    {
    }

    template <class Token>
    auto start(Token&& token)
    {
        return http::async_read(stream_, buffer_, message_, std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        const auto cut = how_ == ending::succeeds ? 0u : 2u;
        asio::write(peer_, asio::buffer(request.substr(0, request.size() - cut)));
        if (how_ == ending::peer_closes)
            peer_.shutdown(asio::socket_base::shutdown_send);
        else if (how_ == ending::peer_resets)
            support::reset_connection(peer_);
        else if (how_ == ending::cancelled)
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return http::async_write(stream_, last_, std::forward<Token>(token));
    }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        switch (how_) {
        case ending::peer_closes:
            return code == http::error::partial_message;
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
        if (how_ == ending::succeeds)
            return bytes == request.size() && message_.body() == "hello";
        return bytes == (how_ == ending::cancelled ? 0 : request.size() - 2);
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::peer_resets; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    read_message(support::tcp_pair pair, ending how)
        : stream_(std::move(pair.client))
        , peer_(std::move(pair.server))
        , how_(how)
    {
    }

    beast::tcp_stream stream_;
    asio::ip::tcp::socket peer_;
    ending how_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> message_;
    http::response<http::empty_body> last_{http::status::no_content, 11};
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_http_read,
                      *label("E11") * label("F6") * label("F8") * label("F10") * label("S5"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<read_message, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
