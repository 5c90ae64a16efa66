// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/biased_lock.hpp>
#include <settle/report.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace settle::detail {

struct context_record;
struct context_ref;
struct root_list;
class executor_home_base;

/// A pending promise that something waits for, and that only resolvers or another promise can
/// settle. Its context knows it, because nothing else may: a coroutine that holds the resolver of
/// the promise it awaits, or a handler that holds its own promise's, owns itself, and so do
/// promises that wait for one another in a ring. When the context dies, what waits is dropped.
class SETTLE_DECL waiting_root {
public:
    waiting_root() = default;
    waiting_root(const waiting_root&) = delete;
    waiting_root& operator=(const waiting_root&) = delete;

protected:
    ~waiting_root() = default;

    /// Unless the context is no more.
    void list_in(const context_ref& context) noexcept;
    void unlist() noexcept;

private:
    friend struct root_list;
    friend SETTLE_DECL void retire_context_record(context_record* record) noexcept;

    // Called with the list locked: keeps the object alive until context_died().
    virtual void hold() noexcept = 0;
    virtual void context_died() noexcept = 0;

    // Set by the consumer before it attaches, read by the producer after it has found what is
    // attached.
    root_list* list_ = nullptr;
    waiting_root* previous_ = nullptr; // guarded by the list's lock, as the next
    waiting_root* next_ = nullptr;
};

/// Some of the roots of a context: those that one thread has listed, so that threads do not get
/// into each other's way.
struct alignas(64) root_list {
    biased_lock lock;
    waiting_root* first = nullptr; // guarded by lock

    /// Takes one out, and holds it.
    [[nodiscard]] waiting_root* take() noexcept;
};

class drainable;
class drain_watch;

/// Some of the operations of a context that have asynchronous cleanups, listed by one thread.
struct alignas(64) drain_list {
    biased_lock lock;
    drainable* first = nullptr;       // guarded by lock, as the counts
    std::uint64_t ended = 0;          // of cleanups that have left while somebody watched
    std::uint64_t dropped = 0;        // likewise, before their end
    std::size_t watches = 0;          // guarded by lock: drains, and requests of theirs
    context_record* record = nullptr; // whose it is
};

struct listed_watch {
    const drain_watch* what;
    std::weak_ptr<drain_watch> watch;
};

/// What settle knows of one execution context without touching it.
///
/// Records are never freed: they are recycled, and the generation tells one context from the next.
/// So a handle that outlives its context can ask whether the context lives, at the price of one
/// load and without a reference count.
struct context_record {
    // Moved on by the context's service when the context shuts down and again when it is gone, read
    // by any handle. Release and acquire: who sees the new generation sees that the context takes
    // no more work.
    std::atomic<std::uint64_t> generation{0};
    std::mutex mutex;
    std::shared_ptr<const report_handler> handler; // guarded by mutex
    executor_home_base* kept_homes = nullptr;    // guarded by mutex; of this context's own executor
    executor_home_base* counted_homes = nullptr; // guarded by mutex
    std::size_t homes_ending = 0;                // guarded by mutex; unlisted, not yet destroyed
    const void* context = nullptr;               // its address; guarded by the pool's mutex
    std::uint32_t index = 0;                     // in the pool, from 1; never changes
    context_record* next_free = nullptr;         // guarded by the pool's mutex
    alignas(64) thread_bias bias;                // of the states of its promises; never begins anew
    std::array<root_list, 4> waiting;            // by the number of the thread
    std::array<drain_list, 4> cleanups;          // likewise
    std::vector<listed_watch> watches;           // guarded by mutex
};

/// A context in one word whose two lowest bits are free: the record's index, and as much of the
/// generation as there is room for.
struct context_word {
    static constexpr unsigned index_bits = sizeof(std::uintptr_t) >= 8 ? 30 : 14;
    static constexpr unsigned generation_shift = index_bits + 2;

    [[nodiscard]] static std::uintptr_t make(std::uint32_t index, std::uint64_t generation) noexcept
    {
        return (static_cast<std::uintptr_t>(generation) << generation_shift) |
               (static_cast<std::uintptr_t>(index) << 2);
    }

    /// The record of the context, unless that is no more.
    [[nodiscard]] SETTLE_DECL static context_record* living(std::uintptr_t word) noexcept;
};

[[nodiscard]] SETTLE_DECL context_record* acquire_context_record(const void* context);
SETTLE_DECL void retire_context_record(context_record* record) noexcept;
SETTLE_DECL void recycle_context_record(context_record* record) noexcept;

/// The record of the context at an address, until the end of that context's destruction; null where
/// settle does not know it. Slow: for reports.
[[nodiscard]] SETTLE_DECL context_record* find_context_record(const void* context) noexcept;

/// Set for good by the first report handler of a single context. Relaxed: who attaches a cleanup
/// while another thread sets the first may or may not see it.
extern SETTLE_DECL std::atomic<bool> contexts_have_handlers;

SETTLE_DECL report_handler exchange_report_handler(context_record* record, report_handler handler);

/// A record as of one context: a weak reference to that context.
struct context_ref {
    context_record* record = nullptr;
    std::uint64_t generation = 0;

    context_ref() = default;

    context_ref(context_record* r, std::uint64_t as_of) noexcept
        : record(r)
        , generation(as_of)
    {
    }

    explicit context_ref(context_record* r) noexcept
        : record(r)
        , generation(r->generation.load(std::memory_order_acquire))
    {
    }

    [[nodiscard]] std::uintptr_t to_word() const noexcept
    {
        return record ? context_word::make(record->index, generation) : 0;
    }

    /// True until the context begins to shut down; true for an executor without a context.
    [[nodiscard]] bool alive() const noexcept
    {
        return !record || record->generation.load(std::memory_order_acquire) == generation;
    }

    /// The record for reports: until the end of the context's destruction.
    [[nodiscard]] context_record* for_reports() const noexcept
    {
        return record && record->generation.load(std::memory_order_acquire) - generation <= 1
                   ? record
                   : nullptr;
    }
};

/// What handles know of an executor: their shared pointer to it, so that they need not hold it
/// themselves. A strand, for one, must not outlive its context, but a handle may.
///
/// That of a context's own executor is kept in the context's record, for good, and not counted. Any
/// other is counted, and gives up the executor when the context shuts down.
class SETTLE_DECL executor_home_base {
public:
    /// To be kept in a record.
    executor_home_base(context_record& record, const void* type) noexcept
        : record_(&record)
        , type_(type)
    {
    }

    /// Counted, with one owner.
    explicit executor_home_base(const context_ref& context) noexcept;

    executor_home_base(const executor_home_base&) = delete;
    executor_home_base& operator=(const executor_home_base&) = delete;

    [[nodiscard]] context_record* record() const noexcept { return record_; }
    [[nodiscard]] const void* type() const noexcept { return type_; }

    void add_owner() noexcept
    {
        // Relaxed: made by one who owns it.
        if (counted_)
            owners_.fetch_add(1, std::memory_order_relaxed);
    }

    void release() noexcept
    {
        if (counted_) [[unlikely]]
            give_up();
    }

protected:
    ~executor_home_base() = default;

private:
    friend SETTLE_DECL void end_homes(context_record& record) noexcept;
    friend SETTLE_DECL executor_home_base* find_kept_home(const context_record& record,
                                                          const void* type) noexcept;
    friend SETTLE_DECL void keep_home(context_record& record, executor_home_base& home) noexcept;

    virtual void context_died() noexcept = 0;
    virtual void destroy() noexcept = 0;

    void give_up() noexcept;
    void end() noexcept;

    context_record* const record_;
    const void* const type_ = nullptr;
    const bool counted_ = false;
    // Guarded by the record's mutex from here on.
    bool listed_ = false;
    bool taken_ = false; // by end_homes(), which destroys it if its last owner goes meanwhile
    bool ended_ = false;
    executor_home_base* previous_ = nullptr;
    executor_home_base* next_ = nullptr;
    std::atomic<std::uint32_t> owners_{1};
};

/// Of the kept ones, with the record's mutex held.
[[nodiscard]] SETTLE_DECL executor_home_base* find_kept_home(const context_record& record,
                                                             const void* type) noexcept;
SETTLE_DECL void keep_home(context_record& record, executor_home_base& home) noexcept;

/// The context has shut down: the counted ones give up their executors.
SETTLE_DECL void end_homes(context_record& record) noexcept;

inline void waiting_root::list_in(const context_ref& context) noexcept
{
    auto& lists = context.record->waiting;
    auto& list = lists[own_thread_number() % lists.size()];
    const biased_lock::guard alone(list.lock);
    if (!context.alive())
        return;
    list_ = &list;
    previous_ = nullptr;
    next_ = std::exchange(list.first, this);
    if (next_)
        next_->previous_ = this;
}

inline void waiting_root::unlist() noexcept
{
    if (!list_)
        return;
    const biased_lock::guard alone(list_->lock);
    if (previous_)
        previous_->next_ = next_;
    else if (list_->first == this)
        list_->first = next_;
    if (next_)
        next_->previous_ = previous_;
    previous_ = next_ = nullptr;
}

} // namespace settle::detail
