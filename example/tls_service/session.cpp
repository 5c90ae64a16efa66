// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "session.hpp"

#include <settle/finally.hpp>
#include <settle/within.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
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
