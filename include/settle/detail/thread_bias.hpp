// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <atomic>
#include <cstdint>

namespace settle::detail {

// Of this thread and of no other, from the first time that it finds a bias not its own.
extern SETTLE_DECL constinit thread_local std::uint64_t thread_number;

SETTLE_READS_THREAD_LOCAL [[nodiscard]] inline std::uint64_t own_thread_number() noexcept
{
    return thread_number;
}

/// What belongs together (a queue, the promises of a context) is mostly used by one thread. The
/// first to enter has it for itself, without any read-modify-write from then on, until another
/// thread comes: that one revokes the bias, once and for good, and from then on each does what it
/// takes where threads meet.
///
///     nobody ──first enters──▶ a thread ──another enters──▶ revoking ──barrier──▶ everybody
///
/// The owner says that it is inside and then looks whether it still is the owner; who revokes says
/// so and then looks whether the owner is inside. That one of the two sees the other takes a full
/// barrier on both sides; the system issues the owner's on the revoker's behalf, where it can
/// (membarrier on Linux). Elsewhere all is everybody's from the beginning.
///
/// Source: D. Dice, M. Moir, W. Scherer: Quickly Reacquirable Locks; P1202 (asymmetric fences).
class SETTLE_DECL thread_bias {
public:
    thread_bias() = default;
    thread_bias(const thread_bias&) = delete;
    thread_bias& operator=(const thread_bias&) = delete;

    /// True for the owner, which is alone until it leaves: after a few instructions, without
    /// entering again. False when there is none any more: all that an owner did came before.
    [[nodiscard]] SETTLE_FORCE_INLINE bool enter() noexcept
    {
        // Acquire: who finds it everybody's comes after the owner's last use.
        const auto owner = owner_.load(std::memory_order_acquire);
        if (owner == own_thread_number()) [[likely]] {
            if (enter_own(owner)) [[likely]]
                return true;
        } else if (owner == everybody) {
            return false;
        }
        return enter_slowly();
    }

    /// The same as a mere attempt, which calls nothing: who fails has enter() to ask.
    [[nodiscard]] SETTLE_FORCE_INLINE bool try_enter() noexcept
    {
        // Relaxed: only this thread makes itself the owner.
        const auto owner = owner_.load(std::memory_order_relaxed);
        return owner == own_thread_number() && enter_own(owner);
    }

    // Release: what was done inside comes before what anybody does after it.
    void leave() noexcept { inside_.store(false, std::memory_order_release); }

    /// Stands for a context without locks, all of which is one thread's: not to be entered.
    static thread_bias of_one_thread;

    [[nodiscard]] bool is_revoked() const noexcept
    {
        return owner_.load(std::memory_order_relaxed) == everybody;
    }

private:
    // By the owner, unless that has ceased to be one.
    [[nodiscard]] SETTLE_FORCE_INLINE bool enter_own(std::uint64_t owner) noexcept
    {
        // Relaxed: only this thread makes itself the owner.
        inside_.store(true, std::memory_order_relaxed);
        // The light side of the barrier: the compiler keeps the order, the revoker sees to the
        // processor's.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        if (owner_.load(std::memory_order_relaxed) == owner) [[likely]]
            return true;
        leave();
        return false;
    }

    bool enter_slowly() noexcept;
    void revoke(std::uint64_t owner) noexcept;

    // In place of a thread's number.
    static constexpr std::uint64_t nobody = 0;
    static constexpr std::uint64_t revoking = 1;
    static constexpr std::uint64_t everybody = 2;

    std::atomic<std::uint64_t> owner_{nobody};
    std::atomic<bool> inside_{false}; // the owner
};

/// Gives a thread that waits for another something to do: nothing, for longer and longer.
class SETTLE_DECL backoff {
public:
    void wait() noexcept;

private:
    int waited_ = 0;
};

} // namespace settle::detail
