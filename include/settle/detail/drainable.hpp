// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/context_record.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace settle::detail {

class drainable;

/// A request of async_drain on its way to the executor of a cleanup, which may end meanwhile.
class SETTLE_DECL drain_request {
public:
    drain_request() = default;
    drain_request(const drain_request&) = delete;
    drain_request& operator=(const drain_request&) = delete;
    ~drain_request();

    /// Has the target take this to its executor. Without the memory for that it is asked again.
    void send(const std::shared_ptr<drain_request>& self) noexcept;
    /// Cancels the cleanup, on its executor. One that has yet to start is asked again.
    void carry_out();

private:
    friend class drainable;
    friend SETTLE_DECL std::vector<std::shared_ptr<drain_request>>
    make_drain_requests(const context_ref&);

    // Keeps the target from going on another thread. Null if it has gone.
    [[nodiscard]] drainable* begin_visit(std::thread::id& by) noexcept;
    void end_visit(std::thread::id& by, bool ask_again) noexcept;
    [[nodiscard]] bool is_visited_by_others() const noexcept;

    // With the list locked: the two know each other, or no longer.
    void attach(drainable& target, drain_list& list) noexcept;
    void detach() noexcept;

    drain_list* list_ = nullptr;
    drainable* target_ = nullptr; // guarded by the list's lock, as the next
    // The threads that are at the target: who sends this, and who carries it out.
    std::thread::id sender_;
    std::thread::id visitor_;
};

/// An operation that has begun and has an asynchronous cleanup, until that has ended: known to its
/// context, which async_drain asks for them.
class SETTLE_DECL drainable {
public:
    drainable() = default;
    drainable(const drainable&) = delete;
    drainable& operator=(const drainable&) = delete;

    /// Unless there is no context, or that is no more.
    void list_in(const context_ref& context) noexcept
    {
        if (context.record && context.alive())
            list_in(list_of_this_thread(*context.record), context.generation);
    }

    /// The list is that of this thread, and the context as of this generation.
    SETTLE_FORCE_INLINE void list_in(drain_list& list, std::uint64_t generation) noexcept
    {
        if (!list.lock.try_lock_as_owner()) [[unlikely]]
            return list_slowly(list, generation);
        link(list, generation);
        list.lock.unlock_as_owner();
    }

    [[nodiscard]] static drain_list& list_of_this_thread(context_record& record) noexcept
    {
        return record.cleanups[own_thread_number() % record.cleanups.size()];
    }

    /// The cleanup's turn. Relaxed: it is read to be counted.
    void operation_ended() const noexcept { due_.store(true, std::memory_order_relaxed); }
    /// So did the cleanup.
    void cleanup_ended() noexcept { ended_ = true; }

protected:
    ~drainable() = default;

    /// Called once, first of all when it ends: until then others may call what it overrides.
    SETTLE_FORCE_INLINE void leave() noexcept
    {
        if (list_)
            unlist();
    }

private:
    friend class drain_request;
    friend SETTLE_DECL struct drain_census take_census(const context_ref&) noexcept;
    friend SETTLE_DECL bool has_due_cleanups(const context_ref&) noexcept;
    friend SETTLE_DECL std::vector<std::shared_ptr<drain_request>>
    make_drain_requests(const context_ref&);

    SETTLE_FORCE_INLINE void unlist() noexcept
    {
        auto& list = *list_;
        if (!list.lock.try_lock_as_owner()) [[unlikely]]
            return unlist_slowly();
        // Who watches has looked at the list, or will, under the lock.
        if (list.watches != 0) [[unlikely]] {
            list.lock.unlock_as_owner();
            return unlist_slowly();
        }
        unlink();
        list.lock.unlock_as_owner();
    }

    void link(drain_list& list, std::uint64_t generation) noexcept
    {
        generation_ = generation;
        list_ = &list;
        next_ = list.first;
        if (next_)
            next_->link_ = &next_;
        link_ = &list.first;
        list.first = this;
    }

    void unlink() noexcept
    {
        *link_ = next_;
        if (next_)
            next_->link_ = link_;
    }

    void list_slowly(drain_list& list, std::uint64_t generation) noexcept;
    void unlist_slowly() noexcept;
    [[nodiscard]] bool is_known_to_watches() const noexcept;

    // Takes the request to the cleanup's executor.
    virtual void ask(std::shared_ptr<drain_request> request) = 0;
    // On that executor. False when there is nothing to cancel, as before it has been started; true
    // also when that was its end, and this is gone.
    virtual bool cancel_cleanup() = 0;

    std::uint64_t generation_; // of its context; set where it is listed, as next_
    drain_list* list_ = nullptr;
    drainable* next_;                  // guarded by the list's lock, as the next three
    drainable** link_;                 // that leads here; set where it is listed
    drain_request* request_ = nullptr; // set while it is listed, by others under the lock
    bool asked_ = false;               // guarded by the list's lock
    bool ended_ = false;
    mutable std::atomic<bool> due_{false};
};

/// What is listed in a context.
struct drain_census {
    std::uint64_t cleanups = 0;   // due, or in flight
    std::uint64_t operations = 0; // still running
    // That have left so far, while somebody watched.
    std::uint64_t ended = 0;
    std::uint64_t dropped = 0;
};

[[nodiscard]] SETTLE_DECL drain_census take_census(const context_ref& context) noexcept;

/// Whether one is due, or in flight.
[[nodiscard]] SETTLE_DECL bool has_due_cleanups(const context_ref& context) noexcept;

/// A request for each cleanup that is due and has had none.
[[nodiscard]] SETTLE_DECL std::vector<std::shared_ptr<drain_request>>
make_drain_requests(const context_ref& context);

/// Who wants to hear of the cleanups that end in a context.
class SETTLE_DECL drain_watch {
public:
    /// Called on any thread, after it has gone.
    virtual void cleanup_gone() noexcept = 0;

protected:
    ~drain_watch() = default;
};

SETTLE_DECL void add_drain_watch(context_record& record, std::weak_ptr<drain_watch> watch);
SETTLE_DECL void remove_drain_watch(context_record& record, const drain_watch& watch) noexcept;

} // namespace settle::detail
