// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "session.hpp"

#include <settle/async_drain.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <unordered_set>

namespace tls {

/// Accepts sessions until it is stopped. On an io_context that one thread runs.
class server {
public:
    server(boost::asio::io_context& context, const tcp::endpoint& at, const patience& limits);

    void start();

    /// Takes no more sessions, dismisses those there are, and waits until all have said goodbye;
    /// who has not by the end of the grace is hung up on.
    boost::asio::awaitable<settle::drain_result> stop(milliseconds grace);

    [[nodiscard]] tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
    [[nodiscard]] const books& account() const noexcept { return books_; }
    [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }

private:
    boost::asio::awaitable<void> accept();

    boost::asio::io_context& context_;
    tcp::acceptor acceptor_;
    boost::asio::ssl::context identity_;
    patience limits_;
    books books_;
    std::unordered_set<session*> sessions_;
};

} // namespace tls
