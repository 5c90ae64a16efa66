// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <random>

namespace proxy {

/// How a server behind the proxy misbehaves.
struct misbehaviour {
    std::uint32_t percent = 0; // of the answers
    std::uint32_t seed = 1;
    std::chrono::milliseconds stall = std::chrono::seconds(2);
};

/// A server to try the proxy on: GET /bytes/N, /chunked/N, /until-close/N, /cut/N, /slow/MS,
/// /status/CODE, /headers, and POST /echo. It keeps bodies in memory.
class upstream_server {
public:
    upstream_server(boost::asio::io_context& context, const boost::asio::ip::tcp::endpoint& at,
                    const misbehaviour& faults);

    void start();
    [[nodiscard]] boost::asio::ip::tcp::endpoint local_endpoint() const
    {
        return acceptor_.local_endpoint();
    }

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    boost::asio::io_context& context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    misbehaviour faults_;
    std::mt19937 chance_;
};

} // namespace proxy
