// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/thread_bias.hpp>

#include <boost/config.hpp>

#include <atomic>

namespace settle::detail {

/// A lock that is held for a few instructions, and costs no read-modify-write as long as one thread
/// takes it.
class biased_lock {
public:
    class guard;

    /// For where even a call that is not made costs too much. Who fails takes a guard.
    [[nodiscard]] SETTLE_FORCE_INLINE bool try_lock_as_owner() noexcept
    {
        return bias_.try_enter();
    }
    void unlock_as_owner() noexcept { bias_.leave(); }

private:
    BOOST_NOINLINE void lock_for_everybody() noexcept
    {
        // Acquire: sees what was done under the lock before.
        for (backoff turns; locked_.exchange(true, std::memory_order_acquire);) {
            do
                turns.wait();
            while (locked_.load(std::memory_order_relaxed));
        }
    }

    thread_bias bias_;
    std::atomic<bool> locked_{false}; // by anybody, when there is no owner any more
};

class biased_lock::guard {
public:
    SETTLE_FORCE_INLINE explicit guard(biased_lock& lock) noexcept
        : lock_(lock)
        , as_owner_(lock.bias_.enter())
    {
        if (!as_owner_)
            lock.lock_for_everybody();
    }

    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

    SETTLE_FORCE_INLINE ~guard()
    {
        if (as_owner_) [[likely]]
            lock_.bias_.leave();
        else // release: what was done under the lock comes before the next one's
            lock_.locked_.store(false, std::memory_order_release);
    }

private:
    biased_lock& lock_;
    const bool as_owner_;
};

} // namespace settle::detail
