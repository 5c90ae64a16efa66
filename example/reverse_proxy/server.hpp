// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "connection.hpp"
#include "exchange.hpp"
#include "session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <unordered_set>

namespace proxy {

/// Accepts sessions until it is stopped. On an io_context that one thread runs.
class server {
public:
    server(boost::asio::io_context& context, const tcp::endpoint& at, const tcp::endpoint& upstream,
           const limits& allowed);

    ~server();

    void start();

    /// Accepts no more, lets what runs end in `limits::grace`, and cancels the rest. The context
    /// runs empty afterwards.
    void stop();

    [[nodiscard]] tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
    [[nodiscard]] const books& account() const noexcept { return common_.account; }

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> shut_down();
    boost::asio::awaitable<void> await_end_of_sessions(milliseconds patience);
    void admit(tcp::socket socket);

    boost::asio::io_context& context_;
    tcp::acceptor acceptor_;
    service common_;
    std::unordered_set<session*> sessions_;
    boost::asio::steady_timer all_gone_;
};

} // namespace proxy
