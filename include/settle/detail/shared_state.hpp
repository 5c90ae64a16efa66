// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cancel_target.hpp>
#include <settle/detail/context_record.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/recycled_memory.hpp>
#include <settle/report.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace settle::detail {

/// What a promise<T> becomes by share(): the one continuation of the state before, on behalf of any
/// number. The outcome stays where it is, in that state, and is only looked at.
///
/// Shares: one of the state before, as long as that is pending; one of each handle; one of each
/// continuation until it has run. What waits is a list in one word:
///
///     0 or first ──make_ready──▶ distributing, first ──▶ settled
///                                     ▲       │
///                                     └───────┘ attach
///
/// What is attached while others are being queued joins the list, so that all are queued in the
/// order in which they were attached (E2).
template <class T>
class shared_state final : public continuation,
                           public cancel_target,
                           public recycled<shared_state<T>> {
public:
    shared_state(promise_state<T>* source, const context_ref& context) noexcept
        : cancel_target(2)
        , source_(source)
        , context_(context)
    {
    }

    [[nodiscard]] const promise_state<T>* source() const noexcept { return source_; }
    [[nodiscard]] settlement<T>& result() const noexcept
    {
        return is_forsaken() ? broken() : source_->result();
    }
    [[nodiscard]] const std::source_location& where() const noexcept { return source_->where(); }

    [[nodiscard]] bool is_settled() const noexcept
    {
        // Not of waiting_, which follows when all have been queued: until then one that is queued
        // would ask for nothing.
        return source_->is_settled() || is_forsaken();
    }

    /// The continuation has a share from now on.
    void attach(continuation& waiting) noexcept
    {
        add_share();
        // Relaxed: read when the last share goes.
        observed_.store(true, std::memory_order_relaxed);
        // Acquire: the outcome may be read once it is settled.
        auto word = waiting_.load(std::memory_order_acquire);
        do {
            if (word == settled)
                return waiting.make_ready();
            waiting.next = first_of(word);
            // Release: who distributes sees the continuation whole.
        } while (!waiting_.compare_exchange_weak(
            word, reinterpret_cast<std::uintptr_t>(&waiting) | (word & distributing),
            std::memory_order_release, std::memory_order_acquire));
    }

    /// The first to report what the reason displaced, where handlers get less than the whole of it.
    [[nodiscard]] bool reports_displaced() noexcept
    {
        return !displaced_reported_.exchange(true, std::memory_order_relaxed);
    }

    // Who has not asked to cancel: handles, as long as they have attached nothing, and
    // continuations.

    void add_consumer() noexcept { unasked_.fetch_add(1, std::memory_order_relaxed); }
    void remove_consumer() noexcept { unasked_.fetch_sub(1, std::memory_order_acq_rel); }

    /// True when all have asked.
    [[nodiscard]] bool all_asked() const noexcept
    {
        return unasked_.load(std::memory_order_acquire) == 0;
    }

    /// One consumer asks, for the first time or again: true when all have.
    [[nodiscard]] bool asked_by_all(bool before) noexcept
    {
        if (!before)
            remove_consumer();
        return all_asked();
    }

    // The continuation of the state before.

    void make_ready() noexcept override
    {
        distribute([this](continuation& waiting) {
            if (inherited_) [[unlikely]]
                waiting.inherit_cancellation(inherited_);
            waiting.make_ready();
        });
    }

    // All had asked, so all get it.
    void inherit_cancellation(unsigned requested) noexcept override { inherited_ = requested; }

    void run() override {} // it is never queued itself

    // Where the context has died the state before may still wait for its producer, and have no
    // outcome.
    [[nodiscard]] continuation* drop() noexcept override
    {
        if (!source_->is_settled())
            forsaken_.store(true, std::memory_order_relaxed);
        distribute([](continuation& waiting) { drop_continuation(&waiting); });
        return nullptr;
    }

    void cancel(cancel_walk& walk) override
    {
        if (!source_->is_settled())
            walk.go_on_to(*source_);
        else if (!walk.began_at(*this))
            walk.begin_again();
    }

private:
    static constexpr std::uintptr_t distributing = 1;
    static constexpr std::uintptr_t settled = 2;

    static_assert(alignof(continuation) > (distributing | settled));

    // Relaxed: published with the last move of waiting_.
    [[nodiscard]] bool is_forsaken() const noexcept
    {
        return forsaken_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] static settlement<T>& broken() noexcept
    {
        static struct broken_settlement : settlement<T> {
            broken_settlement() noexcept { this->store_abandonment(); }
        } outcome;
        return outcome;
    }

    [[nodiscard]] static continuation* first_of(std::uintptr_t word) noexcept
    {
        return reinterpret_cast<continuation*>(word & ~distributing);
    }

    template <class Function>
    void distribute(Function give) noexcept
    {
        // Acquire: sees the continuations whole.
        auto word = waiting_.exchange(distributing, std::memory_order_acquire);
        for (;;) {
            continuation* in_order = nullptr;
            for (auto* last = first_of(word); last;) {
                auto* const before = std::exchange(last->next, in_order);
                in_order = std::exchange(last, before);
            }
            while (in_order) {
                auto* const waiting = in_order;
                in_order = std::exchange(waiting->next, nullptr);
                give(*waiting);
            }
            word = distributing;
            // Release: the outcome is read by who finds it settled, and is queued after these.
            if (waiting_.compare_exchange_strong(word, settled, std::memory_order_release,
                                                 std::memory_order_relaxed))
                break;
            word = waiting_.exchange(distributing, std::memory_order_acquire);
        }
        release();
    }

    void destroy() noexcept override
    {
        auto& result = this->result();
        if (!result.fulfilled() && !result.abandoned() &&
            !observed_.load(std::memory_order_relaxed))
            emit(report_kind::unhandled_rejection, result.why(), where(), context_.for_reports());
        source_->release();
        delete this;
    }

    promise_state<T>* source_;
    context_ref context_;
    unsigned inherited_ = 0; // set before it is made ready
    std::atomic<std::uintptr_t> waiting_{0};
    std::atomic<std::uint32_t> unasked_{1}; // the first handle
    std::atomic<bool> observed_{false};
    std::atomic<bool> forsaken_{false};
    std::atomic<bool> displaced_reported_{false};
};

} // namespace settle::detail
