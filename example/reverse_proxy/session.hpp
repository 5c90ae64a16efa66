// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "connection.hpp"
#include "exchange.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <memory>

namespace proxy {

/// Answers what a client asks on one connection, until either has had enough.
class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, service& common);
    ~session();

    boost::asio::awaitable<void> run();

    /// Ends it, and what it is waiting for.
    void dismiss() { dismissal_.emit(boost::asio::cancellation_type::terminal); }
    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return dismissal_.slot(); }
    [[nodiscard]] bool idle() const noexcept { return idle_; }

private:
    boost::asio::awaitable<void> serve();
    boost::asio::awaitable<bool> await_request(request_parser& request);
    boost::asio::awaitable<bool> answer(request_parser& request);
    boost::asio::awaitable<void> say_goodbye();
    void hang_up() noexcept { client_.stream.close(); }

    connection client_;
    service& common_;
    boost::asio::cancellation_signal dismissal_;
    bool idle_ = false;
};

} // namespace proxy
