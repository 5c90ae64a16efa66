// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "session.hpp"

#include "reply.hpp"

#include <settle/best_effort.hpp>
#include <settle/finally.hpp>
#include <settle/within.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/none.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

session::session(tcp::socket socket, service& common)
    : client_(std::move(socket), common.allowed.client)
    , common_(common)
{
    error_code ignored;
    client_.stream.socket().set_option(tcp::no_delay(true), ignored);
    ++common_.account.sessions;
    ++common_.account.sessions_accepted;
}

session::~session()
{
    --common_.account.sessions;
}

asio::awaitable<void> session::run()
{
    // Each owns the session: a goodbye that takes too long is left behind, and ends later.
    auto goodbye = [self = shared_from_this()] { return self->say_goodbye(); };
    auto give_up = [self = shared_from_this()]() noexcept { self->hang_up(); };
    auto farewell = settle::best_effort(settle::within(common_.allowed.farewell, goodbye, give_up));
    auto visit = serve() | settle::finally(farewell);
    co_await std::move(visit);
}

asio::awaitable<void> session::serve()
{
    for (bool again = true; again;) {
        request_parser request;
        request.body_limit(boost::none);
        again = co_await await_request(request);
        if (again)
            again = co_await answer(request);
    }
}

asio::awaitable<bool> session::await_request(request_parser& request)
{
    idle_ = client_.buffer.size() == 0;
    const auto heard = [this]() noexcept { idle_ = false; };
    const auto [ec, n] = co_await http::async_read_header(
        client_.in_time(), client_.buffer, request,
        settle::finally(heard, asio::as_tuple(asio::use_awaitable)));
    const bool nonsense = ec.category() == make_error_code(http::error::bad_method).category() &&
                          ec != http::error::end_of_stream && ec != http::error::partial_message;
    if (nonsense) {
        const own_answer said{.status = http::status::bad_request};
        co_await reply(client_, said);
    }
    co_return !ec;
}

asio::awaitable<bool> session::answer(request_parser& request)
{
    const auto& asked = request.get();
    const auto odd_framing = asked.count(http::field::transfer_encoding) > 0 && !request.chunked();
    if (odd_framing || asked.method() == http::verb::connect) {
        const own_answer said{.status = http::status::not_implemented};
        co_await reply(client_, said);
        co_return false;
    }
    if (asked.target() == "/metrics") {
        const bool again = request.keep_alive() && request.is_done() && !common_.stopping;
        const own_answer said{.version = asked.version(),
                              .keep_alive = again,
                              .head = asked.method() == http::verb::head,
                              .text = common_.account.metrics(),
                              .type = "text/plain; version=0.0.4"};
        co_await reply(client_, said);
        co_return again;
    }
    exchange asking(common_, client_, request);
    co_return co_await asking.run();
}

// Closed at once, a connection on which the client still writes is reset, and the last answer lost.
asio::awaitable<void> session::say_goodbye()
{
    error_code ec;
    client_.stream.expires_never(); // within has the limit
    client_.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    while (!ec) {
        const auto [failure, n] = co_await client_.stream.async_read_some(
            asio::buffer(client_.piece), asio::as_tuple(asio::use_awaitable));
        ec = failure;
    }
    hang_up();
}

} // namespace proxy
