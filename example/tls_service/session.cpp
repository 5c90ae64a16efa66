// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "session.hpp"

#include <settle/finally.hpp>
#include <settle/within.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <exception>
#include <utility>

namespace tls {

namespace asio = boost::asio;
using boost::system::error_code;

session::session(tcp::socket socket, asio::ssl::context& identity, const patience& limits,
                 books& account)
    : stream_(std::move(socket), identity)
    , limits_(limits)
    , books_(account)
{
    ++books_.accepted;
    ++books_.open;
}

session::~session()
{
    --books_.open;
}

asio::awaitable<void> session::run()
{
    try {
        co_await shake_hands();
    } catch (...) {
        ++books_.refused;
        throw;
    }
    ++books_.talked;
    if (limits_.by_hand)
        co_await converse_by_hand();
    else
        co_await converse();
}

void session::dismiss()
{
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
        self->dismissal_.emit(asio::cancellation_type::terminal);
    });
}

asio::awaitable<void> session::converse()
{
    // [goodbye]
    // Each owns the session: a goodbye that takes too long is left behind, and ends later.
    auto goodbye = [self = shared_from_this()] { return self->say_goodbye(); };
    auto give_up = [self = shared_from_this()]() noexcept {
        ++self->books_.forced;
        self->hang_up();
    };
    auto farewell = settle::within(limits_.farewell, goodbye, give_up);
    auto conversation = talk() | settle::finally(farewell);
    co_await std::move(conversation);
    // [goodbye]
}

// [goodbye-by-hand]
asio::awaitable<void> session::converse_by_hand()
{
    std::exception_ptr failure;
    try {
        co_await talk();
    } catch (...) {
        failure = std::current_exception(); // in here nothing can be awaited
    }
    // Cancelled, the coroutine would throw at the next co_await instead of saying goodbye.
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer limit(stream_.get_executor(), limits_.farewell);
    limit.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec) {
            ++self->books_.forced;
            self->hang_up();
        }
    });
    try {
        // Spawned, for a slot of its own: a second signal would reach it otherwise.
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::co_spawn(
            executor, say_goodbye(),
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    } catch (...) {
        failure = std::current_exception(); // what ended the conversation is lost
    }
    limit.cancel();
    co_await asio::this_coro::throw_if_cancelled(true);
    if (failure)
        std::rethrow_exception(failure);
}
// [goodbye-by-hand]

asio::awaitable<void> session::shake_hands()
{
    asio::steady_timer limit(stream_.get_executor(), limits_.handshake);
    limit.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec)
            self->hang_up();
    });
    const auto in_time = [&]() noexcept { limit.cancel(); };
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     settle::finally(in_time, asio::use_awaitable));
}

asio::awaitable<void> session::talk()
{
    std::array<char, 4096> buffer;
    try {
        for (;;) {
            const auto heard =
                co_await stream_.async_read_some(asio::buffer(buffer), asio::use_awaitable);
            co_await asio::async_write(stream_, asio::buffer(buffer.data(), heard),
                                       asio::use_awaitable);
        }
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::eof)
            throw;
    }
}

asio::awaitable<void> session::say_goodbye()
{
    try {
        co_await stream_.async_shutdown(asio::use_awaitable);
    } catch (...) {
        if (!hung_up_)
            ++books_.failed;
        throw;
    }
    if (!hung_up_)
        ++books_.answered;
}

void session::hang_up() noexcept
{
    hung_up_ = true;
    error_code ignored;
    stream_.lowest_layer().close(ignored);
}

} // namespace tls
