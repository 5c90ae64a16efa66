// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/biased_lock.hpp>

#include <utility>

namespace settle::detail {

/// The continuations that are ready to run on one executor, linked through themselves and run by
/// drains: functions posted to the executor, each of which runs a few.
///
///     a continuation in the queue  ⇒  a drain has been posted and has not begun
///
/// That is the only invariant. It is restored by whoever would break it, before user code runs: so
/// a handler that blocks holds back only itself where another thread runs the executor too, a
/// handler that runs the loop from inside finds the next drain there, and one that throws leaves
/// nothing to be put right. A drain that finds the queue empty has been overtaken by another.
///
/// The posts are few: a drain that runs n continuations in a row has posted one.
class SETTLE_DECL ready_queue {
public:
    ready_queue(const ready_queue&) = delete;
    ready_queue& operator=(const ready_queue&) = delete;

    /// It may have run and be gone on return.
    void push(continuation& ready) noexcept
    {
        ready.next = nullptr;
        const biased_lock::guard alone(lock_);
        (first_ ? last_->next : first_) = &ready;
        last_ = &ready;
        // Locked: another thread that pushes now may rely on the post as soon as it returns.
        if (!std::exchange(posted_, true))
            post_drain();
    }

    /// Drops all that is ready: the executor runs nothing any more.
    void abandon() noexcept;

    /// Its context ends. Gone on return, or with the drain that is still posted.
    void end() noexcept;

    class drain;

protected:
    ready_queue() = default;
    virtual ~ready_queue() = default;

    /// Posts a drain(*this) to the executor, visible to all threads that run it.
    virtual void post_drain() noexcept = 0;

private:
    // Bounded, so that what else waits on the executor has its turn (E9).
    static constexpr int most_in_a_drain = 16;

    void run_some()
    {
        for (int begun = 0; begun < most_in_a_drain; ++begun) {
            continuation* next = nullptr;
            bool post = false;
            {
                const biased_lock::guard alone(lock_);
                if (begun == 0)
                    posted_ = false;
                next = first_;
                if (!next)
                    return;
                first_ = next->next;
                if (first_)
                    post = !std::exchange(posted_, true);
            }
            if (post)
                post_drain();
            next->run();
        }
    }

    // The drain was destroyed unrun, with the executor's own queue.
    void drain_dropped() noexcept;

    [[nodiscard]] continuation* take() noexcept;

    biased_lock lock_;
    bool posted_ = false;           // guarded by lock_
    bool ended_ = false;            // guarded by lock_
    continuation* first_ = nullptr; // guarded by lock_
    continuation* last_ = nullptr;  // guarded by lock_; means something while there is a first
};

/// What is posted.
class ready_queue::drain {
public:
    explicit drain(ready_queue& queue) noexcept
        : queue_(&queue)
    {
    }

    drain(drain&& other) noexcept
        : queue_(std::exchange(other.queue_, nullptr))
    {
    }

    drain& operator=(drain&&) = delete;

    ~drain()
    {
        if (queue_)
            queue_->drain_dropped();
    }

    void operator()() { std::exchange(queue_, nullptr)->run_some(); }

private:
    ready_queue* queue_;
};

} // namespace settle::detail
