// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "exchange.hpp"

#include "fields.hpp"
#include "reply.hpp"

#include <settle/finally.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <string_view>
#include <utility>

namespace proxy {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

exchange::exchange(service& common, connection& client, request_parser& request)
    : common_(common)
    , books_(common.account)
    , client_(client)
    , request_(request)
    , version_(request.get().version())
    , head_(request.get().method() == http::verb::head)
    , asks_again_(request.keep_alive())
{
}

asio::awaitable<bool> exchange::run()
{
    const auto count = [this]() noexcept {
        --books_.requests;
        ++books_.requests_ended[static_cast<std::size_t>(ended_)];
    };
    if (common_.allowed.by_hand) {
        try {
            co_await answer();
        } catch (...) {
            count();
            throw;
        }
        count();
    } else {
        auto answered = answer() | settle::finally(count);
        co_await std::move(answered);
    }
    co_return keeps_;
}

asio::awaitable<void> exchange::answer()
{
    ++books_.requests;
    ++books_.requests_begun;
    try {
        if (common_.allowed.by_hand)
            co_await relay_by_hand();
        else
            co_await relay_on_lease();
        co_return;
    } catch (const boost::system::system_error& e) {
        ended_ = end_of(e.code());
        if (answering_ || ended_ == outcome::client_gone || ended_ == outcome::cancelled) {
            hang_up();
            throw;
        }
    }
    keeps_ = asks_again_ && request_.is_done() && !common_.stopping;
    const auto status = ended_ == outcome::busy   ? http::status::service_unavailable
                        : ended_ == outcome::late ? http::status::gateway_timeout
                                                  : http::status::bad_gateway;
    const own_answer said{
        .status = status, .version = version_, .keep_alive = keeps_, .head = head_};
    co_await reply(client_, said);
}

// [lease]
asio::awaitable<void> exchange::relay_on_lease()
{
    pool::lease leased;
    const auto give_back = [&] { return common_.upstream.give_back(leased); };
    auto relayed = relay(leased) | settle::finally(give_back);
    co_await std::move(relayed);
}
// [lease]

// [by-hand]
asio::awaitable<void> exchange::relay_by_hand()
{
    pool::lease leased;
    std::exception_ptr failure; // a catch can await nothing
    try {
        co_await relay(leased);
    } catch (...) {
        failure = std::current_exception();
    }
    auto& pool = common_.upstream;
    // Nor can a coroutine that was cancelled; and it must not be again while it gives back.
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    try {
        if (pool.has_rest(leased))
            co_await pool.read_rest(leased);
    } catch (...) {
        failure = std::current_exception(); // what it takes the place of is lost
    }
    pool.take_back(leased);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (failure)
        std::rethrow_exception(failure);
    if (cancelled) // which has been forgotten
        throw boost::system::system_error(asio::error::operation_aborted);
}
// [by-hand]

// Takes the lease itself. Taken before, it would be lost to a cancellation that came then: a
// cancelled coroutine starts nothing any more, and what has not started has no cleanup.
asio::awaitable<void> exchange::relay(pool::lease& leased)
{
    leased = co_await common_.upstream.take();
    auto& upstream = *leased;
    waiting_for_ = &upstream;
    if (!upstream.stream.socket().is_open())
        co_await common_.upstream.open(upstream);

    auto& request = request_.get();
    const bool holds_back = beast::iequals(request[http::field::expect], "100-continue");
    if (holds_back && version_ >= 11 && !request_.is_done()) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(step_of(client_), asio::buffer(go_on), asio::use_awaitable);
    }
    request.erase(http::field::expect);
    remove_hop_by_hop(request);
    request.version(11);
    request.insert(http::field::via, "1.1 reverse_proxy");
    co_await carry(request_, client_, upstream);
    upstream.asked = true;

    co_await read_answer_header(upstream);
    frame(*upstream.answer);
    co_await carry(*upstream.answer, upstream, client_);
    ended_ = outcome::answered;
}

// Skips the provisional ones.
asio::awaitable<void> exchange::read_answer_header(upstream_connection& upstream)
{
    auto& answer = upstream.answer;
    do {
        answer.emplace();
        answer->body_limit(boost::none);
        answer->skip(head_);
        co_await http::async_read_header(step_of(upstream), upstream.buffer, *answer,
                                         asio::use_awaitable);
    } while (answer->get().result_int() / 100 == 1);
}

// An answer without a length is in chunks where the client knows them, and ends the connection
// where it does not.
void exchange::frame(answer_parser& parsed)
{
    auto& answer = parsed.get();
    remove_hop_by_hop(answer);
    const bool has_length = parsed.is_done() || parsed.content_length();
    if (!has_length)
        answer.chunked(version_ >= 11);
    keeps_ = asks_again_ && (has_length || version_ >= 11) && !common_.stopping;
    answer.version(version_);
    answer.keep_alive(keeps_);
}

// One piece at a time: what has been read is written before more is.
template <bool is_request>
asio::awaitable<void> exchange::carry(http::parser<is_request, http::buffer_body>& message,
                                      connection& from, connection& to)
{
    http::serializer<is_request, http::buffer_body> written(message.get());
    auto& body = message.get().body();
    const auto must = [](const error_code& ec) {
        if (ec && ec != http::error::need_buffer)
            throw boost::system::system_error(ec);
    };
    if (message.is_done() || from.buffer.size() == 0) {
        answering_ |= &to == &client_;
        co_await http::async_write_header(step_of(to), written, asio::use_awaitable);
    }
    while (!message.is_done()) {
        std::size_t filled = 0;
        while (filled == 0 && !message.is_done()) {
            body.data = from.piece.data();
            body.size = from.piece.size();
            const auto [ec, n] = co_await http::async_read_some(
                step_of(from), from.buffer, message, asio::as_tuple(asio::use_awaitable));
            must(ec);
            filled = from.piece.size() - body.size;
        }
        body.data = filled > 0 ? from.piece.data() : nullptr; // none: nothing but the end
        body.size = filled;
        body.more = !message.is_done();
        answering_ |= &to == &client_;
        const auto [ec, n] =
            co_await http::async_write(step_of(to), written, asio::as_tuple(asio::use_awaitable));
        must(ec);
    }
}

beast::tcp_stream& exchange::step_of(connection& side)
{
    waiting_for_ = &side;
    return side.in_time();
}

outcome exchange::end_of(const error_code& why) const
{
    if (why == asio::error::operation_aborted)
        return outcome::cancelled;
    if (!waiting_for_)
        return outcome::busy;
    if (waiting_for_ == &client_)
        return outcome::client_gone;
    if (answering_)
        return outcome::cut_short;
    return why == beast::error::timeout ? outcome::late : outcome::failed;
}

// With a reset: an answer that ended too early must not look like a whole one.
void exchange::hang_up() noexcept
{
    error_code ignored;
    client_.stream.socket().set_option(asio::socket_base::linger(answering_, 0), ignored);
    client_.stream.close();
}

} // namespace proxy
