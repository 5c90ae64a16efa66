// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/biased_lock.hpp>

#include <chrono>
#include <cstdlib>
#include <thread>

#if __has_include(<linux/membarrier.h>) && __has_include(<sys/syscall.h>)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace settle::detail {
namespace {

// No lock is owned by this one.
constexpr std::uint64_t unnumbered = 3;

constinit std::atomic<std::uint64_t> last_number{unnumbered};

#if defined(__NR_membarrier)

bool register_barrier() noexcept
{
    return syscall(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

/// A full barrier on every thread of the process that runs.
void barrier_on_all_threads() noexcept
{
    // It cannot fail once it is registered. To go on without it would lose what is ready.
    if (syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        std::abort();
}

#else

bool register_barrier() noexcept
{
    return false;
}

void barrier_on_all_threads() noexcept
{
}

#endif

bool has_barrier() noexcept
{
    static const bool registered = register_barrier();
    return registered;
}

void pause() noexcept
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

template <class Ready>
void wait_until(Ready ready) noexcept
{
    // It is held for a few instructions, unless who holds it is not running; and where that one has
    // the lower priority, giving the processor away is not enough.
    constexpr int turns = 200;
    constexpr int more_turns = 300;
    for (int waited = 0; !ready(); ++waited) {
        if (waited < turns)
            pause();
        else if (waited < more_turns)
            std::this_thread::yield();
        else
            std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

} // namespace

constinit thread_local std::uint64_t thread_number = unnumbered;

bool biased_lock::lock_slowly() noexcept
{
    if (thread_number == unnumbered)
        thread_number = last_number.fetch_add(1, std::memory_order_relaxed) + 1;
    // Acquire: who finds it everybody's comes after the owner's last use.
    auto owner = owner_.load(std::memory_order_acquire);
    if (owner == nobody) {
        const auto next = has_barrier() ? thread_number : everybody;
        // Acquire: as above, where another has come first.
        if (owner_.compare_exchange_strong(owner, next, std::memory_order_acquire))
            owner = next;
        if (owner == thread_number && lock_as_owner())
            return true;
        owner = owner_.load(std::memory_order_acquire);
    }
    if (owner != everybody) [[unlikely]]
        revoke(owner);
    // Acquire: sees what was done under the lock before.
    while (locked_.exchange(true, std::memory_order_acquire)) {
        wait_until([this] { return !locked_.load(std::memory_order_relaxed); });
    }
    return false;
}

void biased_lock::revoke(std::uint64_t owner) noexcept
{
    // Relaxed: the barrier below orders it.
    if (owner != revoking &&
        owner_.compare_exchange_strong(owner, revoking, std::memory_order_relaxed)) {
        barrier_on_all_threads();
        // Acquire: sees what the owner has done under the lock.
        wait_until([this] { return !held_.load(std::memory_order_acquire); });
        // Release: hands that on.
        owner_.store(everybody, std::memory_order_release);
        return;
    }
    wait_until([this] { return owner_.load(std::memory_order_acquire) == everybody; });
}

} // namespace settle::detail
