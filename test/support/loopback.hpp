// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace support {

/// An acceptor on a free port of the loopback interface.
[[nodiscard]] inline boost::asio::ip::tcp::acceptor
loopback_acceptor(boost::asio::io_context& context)
{
    using boost::asio::ip::tcp;
    return tcp::acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
}

/// A port that is taken and where nobody listens: connecting to it is refused.
[[nodiscard]] inline boost::asio::ip::tcp::socket refusing_port(boost::asio::io_context& context)
{
    using boost::asio::ip::tcp;
    return tcp::socket(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
}

/// Two sockets connected over the loopback interface. What is written is sent at once, so that a
/// reset does not overtake it.
struct tcp_pair {
    explicit tcp_pair(boost::asio::io_context& context)
        : client(context)
        , server(context)
    {
        using boost::asio::ip::tcp;
        auto acceptor = loopback_acceptor(context);
        client.connect(acceptor.local_endpoint());
        acceptor.accept(server);
        client.set_option(tcp::no_delay(true));
        server.set_option(tcp::no_delay(true));
    }

    boost::asio::ip::tcp::socket client;
    boost::asio::ip::tcp::socket server;
};

/// Closes the connection so that the other side sees a reset.
inline void reset_connection(boost::asio::ip::tcp::socket& socket)
{
    socket.set_option(boost::asio::socket_base::linger(true, 0));
    socket.close();
}

/// Where a cleanup writes that it was here: what an application does on another connection than the
/// one that has just failed.
class journal {
public:
    explicit journal(boost::asio::io_context& context)
        : writer_(context)
        , reader_(context)
    {
        boost::asio::local::connect_pair(writer_, reader_);
    }

    template <class Token>
    auto async_note(Token&& token)
    {
        return boost::asio::async_write(writer_, boost::asio::buffer(entry_),
                                        std::forward<Token>(token));
    }

    /// From now on a note ends in `broken_pipe`.
    void close() { reader_.close(); }

    /// How many notes were written since this was asked last.
    [[nodiscard]] std::size_t notes()
    {
        std::array<char, 64> read{};
        reader_.non_blocking(true);
        boost::system::error_code ignored;
        return reader_.read_some(boost::asio::buffer(read), ignored);
    }

private:
    static constexpr std::array<char, 1> entry_{'.'};
    boost::asio::local::stream_protocol::socket writer_;
    boost::asio::local::stream_protocol::socket reader_;
};

} // namespace support
