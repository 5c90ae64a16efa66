// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <atomic>
#include <cstdint>

namespace settle::detail {

// Of this thread and of no other, from the first time that it finds a lock not its own.
extern SETTLE_DECL constinit thread_local std::uint64_t thread_number;

SETTLE_READS_THREAD_LOCAL [[nodiscard]] inline std::uint64_t own_thread_number() noexcept
{
    return thread_number;
}

/// A lock that is held for a few instructions. Most loops are run by one thread, so the first to
/// take it gets it without any read-modify-write from then on, until another thread wants it: that
/// one revokes the bias, once and for good, and from then on there is one exchange for each.
///
///     nobody ──first lock──▶ a thread ──another locks──▶ revoking ──barrier──▶ everybody
///
/// The owner says that it holds the lock and then looks whether it still is the owner; who revokes
/// says so and then looks whether the owner holds it. That one of the two sees the other takes a
/// full barrier on both sides; the system issues the owner's on the revoker's behalf, where it can
/// (membarrier on Linux). Elsewhere the lock is everybody's from the beginning.
///
/// Source: D. Dice, M. Moir, W. Scherer: Quickly Reacquirable Locks; P1202 (asymmetric fences).
class SETTLE_DECL biased_lock {
public:
    class guard;

private:
    [[nodiscard]] bool lock_as_owner() noexcept
    {
        const auto me = own_thread_number();
        // Relaxed: only this thread makes itself the owner.
        if (owner_.load(std::memory_order_relaxed) != me) [[unlikely]]
            return false;
        held_.store(true, std::memory_order_relaxed);
        // The light side of the barrier: the compiler keeps the order, the revoker sees to the
        // processor's.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        if (owner_.load(std::memory_order_relaxed) == me) [[likely]]
            return true;
        unlock_as_owner();
        return false;
    }

    // Release: what was done under the lock comes before the next one's.
    void unlock_as_owner() noexcept { held_.store(false, std::memory_order_release); }

    // True where the thread has become the owner.
    bool lock_slowly() noexcept;
    void unlock_for_everybody() noexcept { locked_.store(false, std::memory_order_release); }

    void revoke(std::uint64_t owner) noexcept;

    // In place of a thread's number.
    static constexpr std::uint64_t nobody = 0;
    static constexpr std::uint64_t revoking = 1;
    static constexpr std::uint64_t everybody = 2;

    std::atomic<std::uint64_t> owner_{nobody};
    std::atomic<bool> held_{false};   // by the owner
    std::atomic<bool> locked_{false}; // by anybody, when there is no owner any more
};

class biased_lock::guard {
public:
    explicit guard(biased_lock& lock) noexcept
        : lock_(lock)
        , as_owner_(lock.lock_as_owner() || lock.lock_slowly())
    {
    }

    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

    ~guard()
    {
        if (as_owner_) [[likely]]
            lock_.unlock_as_owner();
        else
            lock_.unlock_for_everybody();
    }

private:
    biased_lock& lock_;
    const bool as_owner_;
};

} // namespace settle::detail
