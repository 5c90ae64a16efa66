// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "reply.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace bank {

/// A connection to Redis, for one command at a time.
class connection {
public:
    connection(const boost::asio::any_io_executor& executor, const std::string& path);

    /// Connects, unless it is connected.
    boost::asio::awaitable<void> open();
    void close() noexcept;

    /// Sends a command, of words and numbers, and awaits its reply. An error is thrown.
    template <class... Words>
    [[nodiscard]] boost::asio::awaitable<reply> command(const Words&... words)
    {
        outbox_ = '*' + std::to_string(sizeof...(words)) + "\r\n";
        (add_word(words), ...);
        return exchange();
    }

    boost::asio::awaitable<void> watch(std::string one, std::string other);
    boost::asio::awaitable<void> multi();

    /// False when a watched key was changed by somebody else, and nothing was done.
    boost::asio::awaitable<bool> exec();

    /// The steps of lease::async_undo.
    struct undoing {
        connection* redis; // null where there is none
        enum { begins, has_written, has_read, ends } step = begins;

        template <class Self>
        void operator()(Self& self, boost::system::error_code ec = {}, std::size_t = 0);
    };

private:
    void add_word(std::string_view word);
    void add_word(std::int64_t number) { add_word(std::to_string(number)); }
    boost::asio::awaitable<reply> exchange();

    boost::asio::local::stream_protocol::socket socket_;
    boost::asio::local::stream_protocol::endpoint server_;
    std::string_view undo_;    // the command that gives up what was begun, empty where nothing was
    bool in_exchange_ = false; // a reply is still to come, and would be taken for the next one's
    std::string outbox_;
    std::string inbox_;
};

template <class Self>
void connection::undoing::operator()(Self& self, boost::system::error_code ec, std::size_t)
{
    namespace asio = boost::asio;
    switch (step) {
    case begins:
        if (redis && redis->in_exchange_)
            redis->close();
        if (!redis || redis->undo_.empty()) {
            step = ends;
            return asio::post(std::move(self)); // an operation does not complete in its initiation
        }
        step = has_written;
        redis->inbox_.clear();
        return asio::async_write(redis->socket_, asio::buffer(redis->undo_), std::move(self));
    case has_written:
        if (!ec) {
            step = has_read;
            return asio::async_read_until(redis->socket_, asio::dynamic_buffer(redis->inbox_),
                                          "\r\n", std::move(self));
        }
        [[fallthrough]];
    case has_read:
        if (ec)
            redis->close();
        redis->inbox_.clear();
        redis->undo_ = {};
        [[fallthrough]];
    case ends:
        self.complete();
    }
}

} // namespace bank
