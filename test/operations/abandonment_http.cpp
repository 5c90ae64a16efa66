// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Loops that stop or die in the middle of an HTTP exchange with Beast.

#include <settle/finally.hpp>

#include "support/abandonment_sweep.hpp"
#include "support/loopback.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::unit_test::label;
using settle::error_code;
using support::that_is_all;

namespace {

struct exchange {
    explicit exchange(asio::io_context& context)
        : exchange(support::tcp_pair(context))
    {
    }

    explicit exchange(support::tcp_pair sockets)
        : client(std::move(sockets.client))
        , server(std::move(sockets.server))
    {
        question.prepare_payload();
        answer.prepare_payload();
    }

    using request = http::request<http::string_body>;
    using response = http::response<http::string_body>;

    beast::tcp_stream client;
    beast::tcp_stream server;
    beast::flat_buffer client_buffer;
    beast::flat_buffer server_buffer;
    request question{http::verb::put, "/", 11, "how are you?"};
    request heard;
    response answer{http::status::ok, 11, "fine"};
    response told;
};

struct request_and_response {
    template <class Guard>
    static void start(asio::io_context& context, Guard& guard)
    {
        const auto e = guard.template make<exchange>(context);
        http::async_write(
            e->client, e->question, guard.token(e, [&guard, e](error_code, std::size_t) {
                http::async_read(e->client, e->client_buffer, e->told, guard.token(e, that_is_all));
            }));
        http::async_read(e->server, e->server_buffer, e->heard,
                         guard.token(e, [&guard, e](error_code, std::size_t) {
                             http::async_write(e->server, e->answer, guard.token(e, that_is_all));
                         }));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(abandoned_http, *label("B1") * label("B2") * label("B4") * label("B5"))

BOOST_AUTO_TEST_CASE(asking_and_answering)
{
    support::abandon_at_every_step<request_and_response>();
}

BOOST_AUTO_TEST_SUITE_END()
