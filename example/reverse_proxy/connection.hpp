// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace proxy {

using boost::asio::ip::tcp;
using milliseconds = std::chrono::milliseconds;

/// How much there may be, and how long it may take.
struct limits {
    std::size_t leases = 64;
    milliseconds lease = std::chrono::seconds(1);    // until a connection comes free
    milliseconds upstream = std::chrono::seconds(5); // for each step it makes
    milliseconds client = std::chrono::seconds(15);  // likewise, and between two requests
    milliseconds farewell = std::chrono::seconds(1); // until a client has read its last answer
    milliseconds grace = std::chrono::seconds(5);    // for what runs when the service stops
    bool by_hand = false;                            // without settle where leases are held
};

/// One side of the proxy. What it buffers is bounded, whatever passes.
struct connection {
    connection(tcp::socket socket, milliseconds patience)
        : stream(std::move(socket))
        , allowed(patience)
    {
        buffer.reserve(piece.size()); // Beast reads no more at once than it has room for
    }

    connection(const boost::asio::any_io_executor& executor, milliseconds patience)
        : connection(tcp::socket(executor), patience)
    {
    }

    /// For its next step.
    boost::beast::tcp_stream& in_time()
    {
        stream.expires_after(allowed);
        return stream;
    }

    boost::beast::tcp_stream stream;
    boost::beast::flat_buffer buffer{std::size_t(64) * 1024};
    std::array<char, std::size_t(16) * 1024> piece; // of a body that is read from it
    milliseconds allowed;
};

} // namespace proxy
