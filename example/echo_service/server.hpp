// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "duration.hpp"
#include "session.hpp"

#include <settle/promise.hpp>
#include <settle/resolver.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace echo {

/// Accepts connections and keeps the sessions. Its own state belongs to one strand, each session to
/// another; the context may be run by any number of threads, and is run empty before the server
/// goes.
class server {
public:
    /// Chooses the terms for a new session, or turns the peer away, on the server's strand.
    using admission = std::function<std::optional<session_terms>(const tcp::endpoint& peer)>;
    /// Called with one line at a time, on the server's strand.
    using logger = std::function<void(std::string_view)>;

    /// Throws a runtime_error that says so when it cannot listen.
    server(boost::asio::io_context& context, const tcp::endpoint& where, admission admit,
           logger log);

    /// Accepts until stop(). The promise is fulfilled when the last session is gone then.
    [[nodiscard]] settle::promise<void> start();

    /// Accepts no more, leaves the sessions `grace` to end, then cancels them; called again, it
    /// counts from now. Callable from any thread, as is dismiss().
    void stop(milliseconds grace);

    /// Cancels the session with this peer.
    void dismiss(const tcp::endpoint& peer);

    [[nodiscard]] tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }

    // To be read when the context has run empty.
    [[nodiscard]] const account& accepting() const noexcept { return accepting_; }
    [[nodiscard]] const resources& shared() const noexcept { return shared_; }

private:
    using strand = boost::asio::strand<boost::asio::io_context::executor_type>;

    void accept();
    void accepted(const boost::system::error_code& ec, tcp::socket socket);
    void retry_later();
    void open_session(tcp::socket socket, session_terms terms);
    void session_ended(std::uint64_t number);
    void cancel_sessions();
    void finish_when_empty();

    boost::asio::io_context& context_;
    strand strand_;
    tcp::acceptor acceptor_;
    boost::asio::steady_timer timer_; // waits to accept again, then for the end of the grace period
    admission admit_;
    logger log_;
    resources shared_;
    account accepting_{"accepting"};
    std::optional<entry> booked_; // of the accept in flight
    tcp::endpoint peer_;          // and its peer
    std::map<std::uint64_t, std::shared_ptr<session>> sessions_;
    std::uint64_t admitted_ = 0;
    bool stopping_ = false;
    bool accept_in_flight_ = false;
    std::optional<settle::resolver<void>> finished_;
};

} // namespace echo
