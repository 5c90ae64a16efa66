// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <memory>

namespace tls {

using boost::asio::ip::tcp;
using milliseconds = std::chrono::milliseconds;

/// How long a peer may take.
struct patience {
    milliseconds handshake = std::chrono::seconds(5);
    milliseconds farewell = std::chrono::seconds(2);
    bool by_hand = false; // the goodbye without settle, to compare
};

/// Echoes what a client says over TLS, and says goodbye over TLS however that ends. Its socket has
/// a strand where several threads run the service.
class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, boost::asio::ssl::context& identity, const patience& limits,
            books& account);
    ~session();

    /// On the executor of its socket.
    boost::asio::awaitable<void> run();

    /// Ends the conversation, from any thread; the goodbye is still said.
    void dismiss();
    [[nodiscard]] boost::asio::any_io_executor get_executor() { return stream_.get_executor(); }

    /// For the coroutine that runs it.
    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return dismissal_.slot(); }

private:
    boost::asio::awaitable<void> shake_hands();
    boost::asio::awaitable<void> converse();
    boost::asio::awaitable<void> converse_by_hand();
    boost::asio::awaitable<void> talk();
    boost::asio::awaitable<void> say_goodbye();
    void hang_up() noexcept;

    boost::asio::ssl::stream<tcp::socket> stream_;
    patience limits_;
    books& books_;
    boost::asio::cancellation_signal dismissal_;
    bool hung_up_ = false;
};

} // namespace tls
