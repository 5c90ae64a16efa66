// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <cstdint>

namespace echo {

/// A number that several threads count up and down.
class counter {
public:
    // Relaxed: nothing is published through a counter, and the books are read after the threads
    // have been joined.
    void up() noexcept { value_.fetch_add(1, std::memory_order_relaxed); }
    void down() noexcept { value_.fetch_sub(1, std::memory_order_relaxed); }

    // Relaxed, as above.
    [[nodiscard]] std::int64_t value() const noexcept
    {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::int64_t> value_{0};
};

} // namespace echo
