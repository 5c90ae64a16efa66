// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/thread_bias.hpp>

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

// Nothing is owned by this one.
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
    for (backoff turns; !ready();)
        turns.wait();
}

} // namespace

constinit thread_local std::uint64_t thread_number = unnumbered;

constinit thread_bias thread_bias::of_one_thread;

void backoff::wait() noexcept
{
    // What is waited for takes a few instructions, unless who does it is not running; and where
    // that one has the lower priority, giving the processor away is not enough.
    constexpr int turns = 200;
    constexpr int more_turns = 300;
    if (waited_ < turns)
        pause();
    else if (waited_ < more_turns)
        std::this_thread::yield();
    else
        return std::this_thread::sleep_for(std::chrono::microseconds(50));
    ++waited_;
}

bool thread_bias::enter_slowly() noexcept
{
    if (thread_number == unnumbered)
        thread_number = last_number.fetch_add(1, std::memory_order_relaxed) + 1;
    // Acquire, here and below: who finds it everybody's comes after the owner's last use.
    auto owner = owner_.load(std::memory_order_acquire);
    if (owner == nobody) {
        const auto next = has_barrier() ? thread_number : everybody;
        if (owner_.compare_exchange_strong(owner, next, std::memory_order_acquire))
            return next != everybody && enter();
    }
    if (owner != everybody) [[unlikely]]
        revoke(owner);
    return false;
}

void thread_bias::revoke(std::uint64_t owner) noexcept
{
    // Relaxed: the barrier below orders it.
    if (owner != revoking &&
        owner_.compare_exchange_strong(owner, revoking, std::memory_order_relaxed)) {
        barrier_on_all_threads();
        // Acquire: sees what the owner has done inside.
        wait_until([this] { return !inside_.load(std::memory_order_acquire); });
        // Release: hands that on.
        owner_.store(everybody, std::memory_order_release);
        return;
    }
    wait_until([this] { return owner_.load(std::memory_order_acquire) == everybody; });
}

} // namespace settle::detail
