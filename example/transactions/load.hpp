// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "bank.hpp"
#include "pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <random>

namespace bank {

/// How transactions ended for whoever asked for them. Every one that was begun is in one column.
struct endings {
    std::atomic<std::int64_t> begun{0};
    std::atomic<std::int64_t> committed{0};
    std::atomic<std::int64_t> conflicts{0};
    std::atomic<std::int64_t> not_covered{0};
    std::atomic<std::int64_t> mishaps{0};
    std::atomic<std::int64_t> timed_out{0};
    std::atomic<std::int64_t> lost{0}; // with the connection, or refused by the server

    [[nodiscard]] std::int64_t ended() const noexcept
    {
        return committed + conflicts + not_covered + mishaps + timed_out + lost;
    }
};

enum class cleanup_by { finally, hand };

/// Transfers by many coroutines at once.
class load {
public:
    load(boost::asio::io_context& context, pool& connections, std::uint64_t seed);

    /// Returns when `count` transactions have begun and ended.
    void run(std::int64_t count, unsigned threads, cleanup_by way);

    endings seen;
    answers heard;

private:
    boost::asio::awaitable<void> work(std::uint64_t seed, cleanup_by way);
    boost::asio::awaitable<bool> attempt(order asked, cleanup_by way);
    boost::asio::awaitable<bool> begin(order asked, cleanup_by way);

    boost::asio::io_context& context_;
    pool& connections_;
    std::mt19937_64 seeds_;
    std::atomic<std::int64_t> left_{0};
};

} // namespace bank
