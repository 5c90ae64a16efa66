// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "connection.hpp"
#include "pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>

namespace proxy {

using request_parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

/// What the sessions have in common.
struct service {
    limits allowed;
    books account;
    pool upstream;
    bool stopping = false;
};

/// A request whose header has been read: asks the upstream, and hands its answer on piece by piece.
class exchange {
public:
    exchange(service& common, connection& client, request_parser& request);

    /// Whether the client may ask again on its connection.
    boost::asio::awaitable<bool> run();

private:
    boost::asio::awaitable<void> answer();
    boost::asio::awaitable<void> relay_on_lease();
    boost::asio::awaitable<void> relay_by_hand();
    boost::asio::awaitable<void> relay(pool::lease& leased);
    boost::asio::awaitable<void> read_answer_header(upstream_connection& upstream);
    void frame(answer_parser& parsed);
    template <bool is_request>
    boost::asio::awaitable<void>
    carry(boost::beast::http::parser<is_request, boost::beast::http::buffer_body>& message,
          connection& from, connection& to);

    boost::beast::tcp_stream& step_of(connection& side);
    [[nodiscard]] outcome end_of(const boost::system::error_code& why) const;
    void hang_up() noexcept;

    service& common_;
    books& books_;
    connection& client_;
    request_parser& request_;
    const unsigned version_;
    const bool head_;
    const bool asks_again_; // the client would
    bool keeps_ = false;    // and may
    bool answering_ = false;
    connection* waiting_for_ = nullptr;
    outcome ended_ = outcome::failed;
};

} // namespace proxy
