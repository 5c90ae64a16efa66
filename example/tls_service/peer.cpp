// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "peer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tls {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using stream = asio::ssl::stream<tcp::socket>;

asio::awaitable<void> talk(stream& to)
{
    constexpr std::string_view line = "a line to be echoed\n";
    co_await asio::async_write(to, asio::buffer(line), asio::use_awaitable);
    std::string echo(line.size(), '\0');
    co_await asio::async_read(to, asio::buffer(echo), asio::use_awaitable);
    if (echo != line)
        throw std::runtime_error("an echo that differs");
}

// Takes what comes, and looks at none of it.
asio::awaitable<void> stay(tcp::socket& connection)
{
    std::array<char, 256> ignored;
    try {
        for (;;)
            co_await connection.async_read_some(asio::buffer(ignored), asio::use_awaitable);
    } catch (const boost::system::system_error&) {
    }
}

} // namespace

asio::awaitable<void> visit(tcp::endpoint service, asio::ssl::context& trust, manners how,
                            std::size_t& mute)
{
    stream to(co_await asio::this_coro::executor, trust);
    auto& connection = to.next_layer();
    co_await connection.async_connect(service, asio::use_awaitable);
    if (how == manners::stalls)
        co_return co_await stay(connection);
    co_await to.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    co_await talk(to);
    switch (how) {
    case manners::polite:
        co_return co_await to.async_shutdown(asio::use_awaitable);
    case manners::is_mute:
        ++mute;
        co_return co_await stay(connection);
    case manners::resets:
        connection.set_option(asio::socket_base::linger(true, 0));
        break;
    case manners::leaves:
    case manners::stalls:
        break;
    }
    connection.close();
}

} // namespace tls
