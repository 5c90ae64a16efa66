// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/counters.hpp>
#include <settle/report.hpp>

#include <deque>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace settle {
namespace detail {
namespace {

// Never destroyed: threads may count while the program ends.
struct counter_pool {
    std::mutex mutex;
    std::deque<thread_counters> all;    // guarded by mutex; what is counted outlives the thread
    std::vector<thread_counters*> free; // guarded by mutex; of threads that have ended
};

counter_pool& the_pool()
{
    static auto* const pool = new counter_pool;
    return *pool;
}

// What threads count after they have given theirs back, or without memory.
constinit thread_counters of_several;
constinit thread_local bool ending = false;

struct borrowed_counters {
    ~borrowed_counters()
    {
        ending = true;
        if (auto* const own = std::exchange(own_counters, nullptr)) {
            auto& pool = the_pool();
            std::lock_guard lock(pool.mutex);
            pool.free.push_back(own); // there is room: see borrow()
        }
    }
};

thread_counters* borrow()
{
    thread_local const borrowed_counters gives_back;
    static_cast<void>(gives_back);
    auto& pool = the_pool();
    std::lock_guard lock(pool.mutex);
    if (!pool.free.empty()) {
        auto* const last = pool.free.back();
        pool.free.pop_back();
        return last;
    }
    pool.free.reserve(pool.all.size() + 1);
    return &pool.all.emplace_back();
}

} // namespace

constinit thread_local thread_counters* own_counters = nullptr;

void begin_counting(counter what) noexcept
{
    if (!ending) {
        try {
            own_counters = borrow();
            return count(what);
        } catch (const std::bad_alloc&) { // counted below
        }
    }
    of_several.counts[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t sum_of(counter what) noexcept
{
    const auto index = static_cast<std::size_t>(what);
    auto sum = of_several.counts[index].load(std::memory_order_relaxed);
    auto& pool = the_pool();
    std::lock_guard lock(pool.mutex);
    for (const auto& thread : pool.all)
        sum += thread.counts[index].load(std::memory_order_relaxed);
    return sum;
}

} // namespace detail

statistics stats() noexcept
{
    using detail::counter;
    using detail::sum_of;
    // Ends are read before beginnings, so that what lives is never negative.
    const auto promises_gone = sum_of(counter::promises_gone);
    const auto run = sum_of(counter::cleanups_run);
    const auto ended = run + sum_of(counter::cleanups_dropped);
    statistics result;
    result.promises_made = sum_of(counter::promises_made);
    result.promises_live = result.promises_made - promises_gone;
    result.cleanups_pending = sum_of(counter::cleanups_attached) - ended;
    result.cleanups_run = run;
    result.cleanups_failed = sum_of(counter::cleanups_failed);
    result.cleanups_abandoned = sum_of(counter::cleanups_abandoned);
    result.reasons_displaced = sum_of(counter::reasons_displaced);
    result.rejections_unhandled = sum_of(counter::rejections_unhandled);
    return result;
}

} // namespace settle
