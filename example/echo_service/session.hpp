// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "attend.hpp"
#include "books.hpp"
#include "buffer_pool.hpp"
#include "counter.hpp"
#include "deadline.hpp"
#include "duration.hpp"
#include "frame.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

namespace echo {

using tcp = boost::asio::ip::tcp;

/// What all sessions share.
struct resources {
    counter in_flight;
    buffer_pool buffers;
};

/// What did not come back, in words.
[[nodiscard]] std::vector<std::string> discrepancies(const resources& shared);

using cleanup = std::function<settle::promise<void>()>;

/// On which terms a session is held.
struct session_terms {
    account* books = nullptr;
    milliseconds idle{0};
    milliseconds farewell{1000}; // for the goodbye, and then for the peer to close

    /// May add a cleanup to an operation that starts, with the session's executor and the
    /// operation's entry. `where` is the place that reports about it name.
    std::function<cleanup(const boost::asio::any_io_executor&, entry&)> further;
    std::source_location where;
};

/// One connection: echoes frames until the peer ends, then says goodbye and hangs up. Everything
/// runs on the socket's executor, which must be a strand where several threads run the context.
class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, const tcp::endpoint& peer, resources& shared, session_terms terms);

    /// Runs the session; `stop_slot` must be bound to it. Fails with what ended the conversation.
    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] boost::asio::cancellation_slot stop_slot() noexcept { return stop_.slot(); }

    /// Ends the conversation; the goodbye says why. Callable from any thread, also too late.
    void cancel(std::string why);

    [[nodiscard]] auto get_executor() { return socket_.get_executor(); }
    [[nodiscard]] const tcp::endpoint& peer() const noexcept { return peer_; }

    /// What the session said at the end; to be read once run() has completed.
    [[nodiscard]] const std::string& last_words() const noexcept { return last_words_; }

private:
    boost::asio::awaitable<void> converse();
    boost::asio::awaitable<bool> echo_frame();
    boost::asio::awaitable<void> return_payload(const frame_header& header, buffer& payload);

    template <class Operation>
    boost::asio::awaitable<void> step(Operation operation);

    settle::promise<void> say_goodbye();
    boost::asio::awaitable<void> drain();
    void stop(std::string why);
    void hang_up() noexcept;

    tcp::socket socket_;
    tcp::endpoint peer_;
    buffer_pool& buffers_;
    session_terms terms_;
    desk desk_;
    deadline deadline_;
    boost::asio::cancellation_signal stop_;
    bool leaving_ = false;
    std::string last_words_;
    std::string goodbye_frame_;
};

} // namespace echo
