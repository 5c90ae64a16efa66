// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace settle::detail {

/// What stats() is made of.
enum class counter : std::size_t {
    promises_made,
    promises_gone,
    cleanups_attached,
    cleanups_run,
    cleanups_dropped, // before they had come to their end
    cleanups_failed,
    cleanups_abandoned,
    reasons_displaced,
    rejections_unhandled,
};

inline constexpr std::size_t number_of_counters = 9;

/// The counts of one thread, which others may read. Relaxed throughout: each counts by itself.
struct thread_counters {
    std::atomic<std::uint64_t> counts[number_of_counters]{};
};

// Null until the thread counts for the first time, and again when it is ending.
extern SETTLE_DECL constinit thread_local thread_counters* own_counters;

SETTLE_READS_THREAD_LOCAL [[nodiscard]] inline thread_counters* counters_of_this_thread() noexcept
{
    return own_counters;
}

SETTLE_DECL void begin_counting(counter what) noexcept;

SETTLE_FORCE_INLINE void count(counter what) noexcept
{
    auto* const own = counters_of_this_thread();
    if (!own) [[unlikely]]
        return begin_counting(what);
    auto& number = own->counts[static_cast<std::size_t>(what)];
    // No read-modify-write: nobody else writes.
    number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// The sum over all threads, also those that have ended.
[[nodiscard]] SETTLE_DECL std::uint64_t sum_of(counter what) noexcept;

/// A cleanup that is attached and has not come to its end.
class pending_cleanup {
public:
    explicit pending_cleanup(bool there_is_one) noexcept
        : pending_(there_is_one)
    {
        if (there_is_one)
            count(counter::cleanups_attached);
    }

    pending_cleanup(const pending_cleanup&) = delete;
    pending_cleanup& operator=(const pending_cleanup&) = delete;

    ~pending_cleanup()
    {
        if (pending_) [[unlikely]]
            count(counter::cleanups_dropped);
    }

    /// It has come to its end.
    void ran() noexcept
    {
        if (pending_)
            count(counter::cleanups_run);
        pending_ = false;
    }

    /// Whether it was to run, and has not.
    [[nodiscard]] explicit operator bool() const noexcept { return pending_; }

private:
    bool pending_;
};

} // namespace settle::detail
