// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "connection.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace proxy {

using answer_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

/// A connection to the upstream, with the answer that is read from it.
struct upstream_connection : connection {
    using connection::connection;

    std::optional<answer_parser> answer;
    bool asked = false; // the whole request has been written
};

/// At most so many connections to the upstream, of which those that are fit serve again.
class pool {
public:
    using lease = std::unique_ptr<upstream_connection>;

    pool(boost::asio::any_io_executor executor, const tcp::endpoint& upstream,
         const limits& allowed, books& account);

    /// An idle connection, or one to be opened. Waits for one to come back where all are out;
    /// throws `errc::resource_unavailable_try_again` where that takes too long.
    boost::asio::awaitable<lease> take();

    /// Reads what is left of its answer, where that is short and quick, and takes it back.
    settle::promise<void> give_back(lease& used);

    // The steps of that.
    [[nodiscard]] static bool has_rest(const lease& used);
    boost::asio::awaitable<void> read_rest(lease& used);
    /// Keeps it if it can serve again. Does nothing where there is none.
    void take_back(lease& used);

    boost::asio::awaitable<void> open(upstream_connection& fresh);

    /// Keeps none any more.
    void close() noexcept;

private:
    boost::asio::awaitable<void> await_turn(boost::asio::steady_timer& turn);

    boost::asio::any_io_executor executor_;
    tcp::endpoint upstream_;
    limits limits_;
    books& books_;
    std::vector<lease> idle_;
    std::deque<boost::asio::steady_timer*> queue_;
    bool closed_ = false;
};

} // namespace proxy
