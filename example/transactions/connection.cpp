// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "connection.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace bank {

namespace asio = boost::asio;
using asio::use_awaitable;

connection::connection(const asio::any_io_executor& executor, const std::string& path)
    : socket_(executor)
    , server_(path)
{
}

asio::awaitable<void> connection::open()
{
    if (socket_.is_open())
        co_return;
    in_exchange_ = true; // until connected it can do nothing else, as during a command
    co_await socket_.async_connect(server_, use_awaitable);
    in_exchange_ = false;
}

void connection::close() noexcept
{
    boost::system::error_code ignored;
    socket_.close(ignored);
    undo_ = {};
    in_exchange_ = false;
    inbox_.clear();
}

void connection::add_word(std::string_view word)
{
    outbox_.append("$").append(std::to_string(word.size())).append("\r\n");
    outbox_.append(word).append("\r\n");
}

asio::awaitable<reply> connection::exchange()
{
    in_exchange_ = true;
    co_await asio::async_write(socket_, asio::buffer(outbox_), use_awaitable);
    for (std::array<char, 1024> chunk;;) {
        const auto bytes = co_await socket_.async_read_some(asio::buffer(chunk), use_awaitable);
        inbox_.append(chunk.data(), bytes);
        std::size_t used = 0;
        if (auto answer = parse_reply(inbox_, used)) {
            inbox_.erase(0, used);
            in_exchange_ = false;
            if (answer->what == reply::kind::error)
                throw server_error(answer->text);
            co_return std::move(*answer);
        }
    }
}

asio::awaitable<void> connection::watch(std::string one, std::string other)
{
    co_await command("WATCH", one, other);
    undo_ = "UNWATCH\r\n";
}

asio::awaitable<void> connection::multi()
{
    co_await command("MULTI");
    undo_ = "DISCARD\r\n";
}

asio::awaitable<bool> connection::exec()
{
    const auto results = co_await command("EXEC");
    undo_ = {};
    co_return results.what == reply::kind::array;
}

} // namespace bank
