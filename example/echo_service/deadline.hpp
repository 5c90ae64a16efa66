// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "duration.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <utility>

namespace echo {

/// A timer that calls a function, unless it is disarmed before. Not for use by several threads: its
/// executor is the session's strand. The function keeps the deadline's owner alive.
class deadline {
public:
    explicit deadline(boost::asio::any_io_executor executor)
        : timer_(std::move(executor))
    {
    }

    template <class Function>
    void arm(milliseconds patience, Function on_expiry)
    {
        timer_.expires_after(patience);
        timer_.async_wait(
            [this, on_expiry = std::move(on_expiry)](const boost::system::error_code& ec) {
                // A wait that had ended when the timer was set anew still comes here as a success.
                if (!ec && timer_.expiry() <= std::chrono::steady_clock::now())
                    on_expiry();
            });
    }

    void disarm() noexcept { timer_.expires_at(std::chrono::steady_clock::time_point::max()); }

private:
    boost::asio::steady_timer timer_;
};

} // namespace echo
