// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "connection.hpp"
#include "lease.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>

namespace bank {

inline constexpr int accounts = 64;
inline constexpr std::int64_t opening_balance = 1000;

/// What goes wrong in a transfer on purpose.
enum class fault { none, throws_reading, throws_queueing, stalls };

/// One transfer. Only one with a patience has a timeout.
struct order {
    int from = 0;
    int to = 0;
    std::int64_t amount = 0;
    fault what = fault::none;
    std::optional<std::chrono::microseconds> patience;
};

[[nodiscard]] order random_order(std::mt19937_64& random);

/// Nothing moves: the account has not got as much.
struct not_covered : std::runtime_error {
    not_covered();
};

/// What a transfer that goes wrong on purpose throws.
struct mishap : std::runtime_error {
    mishap();
};

/// What EXEC was answered, counted as the answers come.
struct answers {
    std::atomic<std::int64_t> committed{0};
    std::atomic<std::int64_t> in_doubt{0}; // sent and not answered
};

/// Carries an order out; true when it was committed, false when somebody was faster.
boost::asio::awaitable<bool> transfer(lease& held, order asked, answers& heard);

boost::asio::awaitable<void> open_accounts(connection& redis);

struct balance_sheet {
    std::int64_t sum = 0;
    std::int64_t transfers = 0; // counted by the server, within the transactions
};

boost::asio::awaitable<balance_sheet> read_balance_sheet(connection& redis);

} // namespace bank
