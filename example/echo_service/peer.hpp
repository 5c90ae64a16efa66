// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "attend.hpp"
#include "buffer_pool.hpp"
#include "frame.hpp"
#include "mischief.hpp"
#include "script.hpp"
#include "server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace echo {

/// A peer that drives the service through a socket, as its script says.
class peer {
public:
    /// The service and the guest list are used by other threads too.
    peer(boost::asio::io_context& context, const script& plan, desk at, server& service,
         guest_list& guests);

    /// Throws when the service behaves other than the script expects.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// How long each echo took.
    [[nodiscard]] const std::vector<std::chrono::nanoseconds>& latencies() const noexcept
    {
        return latencies_;
    }

private:
    boost::asio::awaitable<void> connect();
    boost::asio::awaitable<void> exchange_frames();
    boost::asio::awaitable<void> exchange_pipelined();
    boost::asio::awaitable<void> end_its_way();
    boost::asio::awaitable<void> reset_in_mid_frame();
    boost::asio::awaitable<void> go_over_the_limit();
    boost::asio::awaitable<void> hear_goodbye();

    boost::asio::awaitable<void> send_frame(std::uint32_t length, const buffer& payload);
    /// Whether it was an echo; a notice is kept in `notice_`.
    boost::asio::awaitable<bool> receive_echo(const buffer& expected);
    boost::asio::awaitable<void> expect_end();

    [[nodiscard]] buffer payload_of(std::size_t frame) const;
    [[nodiscard]] std::string expected_notice() const;

    tcp::socket socket_;
    const script& plan_;
    desk desk_;
    server& service_;
    guest_list& guests_;
    std::string notice_;
    std::vector<std::chrono::nanoseconds> latencies_;
};

} // namespace echo
