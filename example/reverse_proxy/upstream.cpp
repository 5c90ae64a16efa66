// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/none.hpp>

#include <charconv>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace proxy {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

enum class fault { none, resets_at_once, resets_midway, stalls, fails, leaves_unsaid, count };

using answer_message = http::response<http::string_body>;

// The number behind a prefix; false where that is another.
bool takes(std::string_view target, std::string_view prefix, std::size_t& number)
{
    if (!target.starts_with(prefix))
        return false;
    target.remove_prefix(prefix.size());
    return std::from_chars(target.data(), target.data() + target.size(), number).ec == std::errc();
}

asio::awaitable<void> pause(std::chrono::milliseconds moment)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, moment);
    co_await timer.async_wait(asio::use_awaitable);
}

void reset(tcp::socket& socket)
{
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
}

answer_message make_answer(const http::request<http::string_body>& asked, std::size_t& delay)
{
    const std::string_view target(asked.target().data(), asked.target().size());
    answer_message answer(http::status::ok, 11);
    std::size_t number = 0;
    answer.set(http::field::server, "upstream");
    answer.keep_alive(asked.keep_alive());
    if (target == "/echo") {
        answer.body() = asked.body();
        answer.chunked(asked.chunked());
    } else if (takes(target, "/bytes/", number) || takes(target, "/cut/", number)) {
        answer.body().assign(number, 'b');
    } else if (takes(target, "/chunked/", number)) {
        answer.body().assign(number, 'c');
        answer.chunked(true);
    } else if (takes(target, "/until-close/", number)) {
        answer.body().assign(number, 'u');
        answer.keep_alive(false);
        return answer;
    } else if (takes(target, "/slow/", delay)) {
        answer.body() = "at last\n";
    } else if (takes(target, "/status/", number)) {
        answer.result(static_cast<unsigned>(number));
    } else if (target == "/headers") {
        std::ostringstream heard;
        heard << asked.base();
        answer.body() = heard.str();
    } else {
        answer.result(http::status::not_found);
    }
    if (!answer.chunked())
        answer.content_length(answer.body().size());
    if (asked.method() == http::verb::head)
        answer.body().clear();
    return answer;
}

std::string all_but_the_end_of(const answer_message& answer)
{
    std::ostringstream whole;
    whole << answer;
    std::string text = std::move(whole).str();
    text.resize(text.size() - answer.body().size() / 2);
    return text;
}

} // namespace

upstream_server::upstream_server(asio::io_context& context, const tcp::endpoint& at,
                                 const misbehaviour& faults)
    : context_(context)
    , acceptor_(context, at)
    , faults_(faults)
    , chance_(faults.seed)
{
    acceptor_.listen();
}

void upstream_server::start()
{
    asio::co_spawn(context_, accept(), asio::detached);
}

asio::awaitable<void> upstream_server::accept()
{
    for (;;)
        asio::co_spawn(context_, serve(co_await acceptor_.async_accept(asio::use_awaitable)),
                       asio::detached);
}

asio::awaitable<void> upstream_server::serve(tcp::socket socket)
{
    socket.set_option(tcp::no_delay(true));
    beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> asked;
        asked.body_limit(boost::none);
        co_await http::async_read(socket, buffer, asked, asio::use_awaitable);
        auto what = fault::none;
        if (chance_() % 100 < faults_.percent)
            what = static_cast<fault>(1 + chance_() % (static_cast<unsigned>(fault::count) - 1));
        if (asked.get().target().starts_with("/cut/"))
            what = fault::resets_midway;
        std::size_t delay = 0;
        auto answer = make_answer(asked.get(), delay);
        if (what == fault::fails)
            answer.result(http::status::internal_server_error);
        if (what == fault::stalls)
            co_await pause(faults_.stall);
        if (delay > 0)
            co_await pause(std::chrono::milliseconds(delay));
        if (asked.get().find("x-hints") != asked.get().end()) {
            constexpr std::string_view hints = "HTTP/1.1 103 Early Hints\r\nLink: </style>\r\n\r\n";
            co_await asio::async_write(socket, asio::buffer(hints), asio::use_awaitable);
        }
        if (what == fault::resets_at_once)
            co_return reset(socket);
        if (what == fault::resets_midway) {
            const auto half = all_but_the_end_of(answer);
            co_await asio::async_write(socket, asio::buffer(half), asio::use_awaitable);
            co_await pause(std::chrono::milliseconds(1)); // a reset overtakes what is under way
            co_return reset(socket);
        }
        co_await http::async_write(socket, answer, asio::use_awaitable);
        if (!answer.keep_alive() || what == fault::leaves_unsaid)
            co_return;
    }
}

} // namespace proxy
