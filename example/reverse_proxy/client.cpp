// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace proxy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

// Asks once; the body that is to come back may be another's, where the answer is not the
// upstream's.
asio::awaitable<void> ask(tcp::socket& to, beast::flat_buffer& buffer,
                          const http::request<http::string_body>& question,
                          const std::string& expected)
{
    co_await http::async_write(to, question, asio::use_awaitable);
    http::response<http::string_body> answer;
    co_await http::async_read(to, buffer, answer, asio::use_awaitable);
    if (answer.result() == http::status::ok && answer.body() != expected)
        throw std::logic_error("an answer that differs");
}

asio::awaitable<void> ask_often(tcp::socket& to)
{
    beast::flat_buffer buffer;
    const http::request<http::string_body> sized(http::verb::get, "/bytes/3000", 11);
    const http::request<http::string_body> chunked(http::verb::get, "/chunked/70000", 11);
    const std::string of_one(3000, 'b');
    const std::string of_the_other(70000, 'c');
    for (int i = 0; i < 3; ++i) {
        co_await ask(to, buffer, sized, of_one);
        co_await ask(to, buffer, chunked, of_the_other);
    }
}

asio::awaitable<void> post(tcp::socket& to)
{
    beast::flat_buffer buffer;
    http::request<http::string_body> question(http::verb::post, "/echo", 11);
    question.body().assign(100'000, 'p');
    question.chunked(true);
    co_await ask(to, buffer, question, question.body());
}

} // namespace

asio::awaitable<void> visit(tcp::endpoint proxy, manners how)
{
    tcp::socket to(co_await asio::this_coro::executor);
    co_await to.async_connect(proxy, asio::use_awaitable);
    std::array<char, 256> some;
    constexpr std::string_view question = "GET /bytes/300000 HTTP/1.1\r\nHost: here\r\n\r\n";
    constexpr std::string_view half = "POST /echo HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf";
    switch (how) {
    case manners::asks:
        co_return co_await ask_often(to);
    case manners::posts:
        co_return co_await post(to);
    case manners::leaves_midway:
        co_await asio::async_write(to, asio::buffer(question), asio::use_awaitable);
        co_await to.async_read_some(asio::buffer(some), asio::use_awaitable);
        break;
    case manners::resets_midway:
        co_await asio::async_write(to, asio::buffer(half), asio::use_awaitable);
        to.set_option(asio::socket_base::linger(true, 0));
        break;
    case manners::never_asks:
        co_await to.async_read_some(asio::buffer(some), asio::use_awaitable);
        break;
    }
    to.close();
}

} // namespace proxy
