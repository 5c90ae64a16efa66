// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bank {

/// A fixed number of connections, lent to one user after another. A broken one is closed, keeps its
/// place in the pool, and is opened again by whoever gets it next.
class pool {
public:
    pool(const boost::asio::any_io_executor& executor, const std::string& path, std::size_t size);

    /// Waits for a connection; it need not be open. Each comes back through give_back().
    boost::asio::awaitable<connection*> lease();
    void give_back(connection& leased) noexcept;

    [[nodiscard]] auto get_executor() { return idle_.get_executor(); }

    // Counted where it happens, so that the one can be held against the other.
    [[nodiscard]] std::int64_t given() const noexcept { return given_; }
    [[nodiscard]] std::int64_t returned() const noexcept { return returned_; }

private:
    using channel =
        boost::asio::experimental::concurrent_channel<void(boost::system::error_code, connection*)>;

    std::vector<std::unique_ptr<connection>> connections_;
    channel idle_;
    std::atomic<std::int64_t> given_{0};
    std::atomic<std::int64_t> returned_{0};
};

} // namespace bank
