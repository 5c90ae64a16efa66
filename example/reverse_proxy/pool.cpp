// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "pool.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

// Neither closed by the upstream, nor with anything to say unasked.
bool is_quiet(tcp::socket& socket)
{
    char any = 0;
    error_code ec;
    socket.receive(asio::buffer(&any, 1), asio::socket_base::message_peek, ec);
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

bool can_serve_again(const upstream_connection& used)
{
    return used.asked && used.answer && used.answer->is_done() && used.answer->keep_alive() &&
           used.buffer.size() == 0 && used.stream.socket().is_open();
}

} // namespace

pool::pool(asio::any_io_executor executor, const tcp::endpoint& upstream, const limits& allowed,
           books& account)
    : executor_(std::move(executor))
    , upstream_(upstream)
    , limits_(allowed)
    , books_(account)
{
    idle_.reserve(limits_.leases);
}

asio::awaitable<pool::lease> pool::take()
{
    asio::steady_timer turn(executor_, limits_.lease);
    const auto in_vain = [&] { return turn.expiry() <= asio::steady_timer::clock_type::now(); };
    while (static_cast<std::size_t>(books_.leases) >= limits_.leases) {
        if (in_vain())
            throw boost::system::system_error(
                make_error_code(boost::system::errc::resource_unavailable_try_again));
        co_await await_turn(turn);
    }
    lease taken;
    while (!taken && !idle_.empty()) {
        taken = std::move(idle_.back());
        idle_.pop_back();
        --books_.idle;
        if (!is_quiet(taken->stream.socket()))
            taken.reset();
    }
    if (!taken)
        taken = std::make_unique<upstream_connection>(executor_, limits_.upstream);
    taken->answer.reset();
    taken->asked = false;
    ++books_.leases;
    ++books_.leases_taken;
    co_return taken;
}

asio::awaitable<void> pool::await_turn(asio::steady_timer& turn)
{
    queue_.push_back(&turn);
    ++books_.waiting;
    const auto leave = [&]() noexcept {
        std::erase(queue_, &turn);
        --books_.waiting;
    };
    co_await turn.async_wait(settle::finally(leave, asio::as_tuple(asio::use_awaitable)));
}

asio::awaitable<void> pool::open(upstream_connection& fresh)
{
    co_await fresh.in_time().async_connect(upstream_, asio::use_awaitable);
    ++books_.connections_opened;
    fresh.stream.socket().set_option(tcp::no_delay(true));
    fresh.stream.socket().non_blocking(true); // for is_quiet
}

// [give-back]
settle::promise<void> pool::give_back(lease& used)
{
    if (!has_rest(used)) {
        take_back(used);
        return settle::resolved(executor_);
    }
    return asio::co_spawn(executor_, read_rest(used), settle::use_promise).finally([this, &used] {
        take_back(used);
    });
}
// [give-back]

bool pool::has_rest(const lease& used)
{
    return used && used->asked && used->answer && used->answer->is_header_done() &&
           !used->answer->is_done();
}

asio::awaitable<void> pool::read_rest(lease& used)
{
    constexpr milliseconds quick(50);
    constexpr std::size_t pieces = 16;
    auto& answer = *used->answer;
    auto& body = answer.get().body();
    used->stream.expires_after(quick);
    for (std::size_t i = 0; i < pieces && !answer.is_done(); ++i) {
        body.data = used->piece.data();
        body.size = used->piece.size();
        const auto [ec, n] = co_await http::async_read_some(used->stream, used->buffer, answer,
                                                            asio::as_tuple(asio::use_awaitable));
        if (ec && ec != http::error::need_buffer)
            co_return;
    }
    if (answer.is_done())
        ++books_.rests_read;
}

void pool::take_back(lease& used)
{
    if (!used)
        return;
    --books_.leases;
    ++books_.leases_returned;
    if (!closed_ && can_serve_again(*used)) {
        idle_.push_back(std::move(used));
        ++books_.idle;
    }
    used.reset();
    if (!queue_.empty()) {
        auto* const next = queue_.front();
        queue_.pop_front();
        next->cancel();
    }
}

void pool::close() noexcept
{
    closed_ = true;
    books_.idle -= static_cast<std::int64_t>(idle_.size());
    idle_.clear();
}

} // namespace proxy
