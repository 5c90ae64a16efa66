// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loopback.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <utility>

namespace support {

/// Two WebSocket streams over connected sockets, before their handshake.
struct websocket_pair {
    using stream = boost::beast::websocket::stream<boost::beast::tcp_stream>;

    explicit websocket_pair(boost::asio::io_context& context)
        : websocket_pair(tcp_pair(context))
    {
    }

    explicit websocket_pair(tcp_pair sockets)
        : client(std::move(sockets.client))
        , server(std::move(sockets.server))
    {
    }

    /// Brings both through the handshake, which needs the loop.
    void shake_hands(boost::asio::io_context& context)
    {
        const auto done = [](boost::system::error_code code) {
            if (code)
                throw boost::system::system_error(code);
        };
        client.async_handshake("localhost", "/", done);
        server.async_accept(done);
        context.run();
        context.restart();
    }

    /// The server reads until the client closes, which Beast answers by itself.
    void answer_close()
    {
        server.async_read(ignored, [this](boost::system::error_code code, std::size_t) {
            if (!code)
                answer_close();
        });
    }

    [[nodiscard]] boost::asio::ip::tcp::socket& server_socket()
    {
        return boost::beast::get_lowest_layer(server).socket();
    }

    stream client;
    stream server;
    boost::beast::flat_buffer ignored;
};

} // namespace support
