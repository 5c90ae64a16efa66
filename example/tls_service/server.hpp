// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "session.hpp"

#include <settle/async_drain.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <unordered_set>

namespace tls {

/// Accepts sessions until it is stopped. On an io_context that any number of threads run.
class server {
public:
    server(boost::asio::io_context& context, const tcp::endpoint& at, const patience& limits);

    void start();

    /// Lets so many threads run the context until it is out of work.
    void run(unsigned threads);

    /// Takes no more sessions, dismisses those there are, and waits until all have said goodbye;
    /// who has not by the end of the grace is hung up on. To be run on get_executor().
    boost::asio::awaitable<settle::drain_result> stop(milliseconds grace);

    [[nodiscard]] tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
    [[nodiscard]] const books& account() const noexcept { return books_; }
    [[nodiscard]] boost::asio::any_io_executor get_executor() { return acceptor_.get_executor(); }

private:
    boost::asio::awaitable<void> accept();
    void admit(tcp::socket socket);

    boost::asio::io_context& context_;
    tcp::acceptor acceptor_;
    boost::asio::ssl::context identity_;
    patience limits_;
    books books_;
    std::unordered_set<session*> sessions_; // on the acceptor's strand
};

} // namespace tls
