// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/context_record.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/counters.hpp>
#include <settle/error.hpp>
#include <settle/reason.hpp>
#include <settle/report.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

namespace settle::detail {

/// What a promise<void> stores.
template <class T>
using stored_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// The place for a promise's outcome: nothing yet, a value, or a reason.
template <class T>
class settlement {
public:
    settlement() noexcept {}
    settlement(const settlement&) = delete;
    settlement& operator=(const settlement&) = delete;

    ~settlement() { discard(); }

    /// Storing may throw; then the outcome is what it threw (F10).
    template <class... Args>
    void store_value(Args&&... args) noexcept
    {
        try {
            std::construct_at(&value_, std::forward<Args>(args)...);
            holds_ = holding::value;
        } catch (...) {
            store_reason(std::current_exception());
        }
    }

    void store_reason(reason&& why) noexcept
    {
        std::construct_at(&why_, std::move(why));
        holds_ = holding::reason;
    }

    /// Rejected because the context died: whoever looks sees a broken promise, and nothing is
    /// reported (B5).
    void store_abandonment() noexcept
    {
        std::construct_at(&why_, errc::broken_promise);
        holds_ = holding::abandonment;
    }

    /// Back to nothing: another outcome takes its place.
    void discard() noexcept
    {
        if (holds_ == holding::value)
            std::destroy_at(&value_);
        else if (holds_ != holding::nothing)
            std::destroy_at(&why_);
        holds_ = holding::nothing;
    }

    [[nodiscard]] bool fulfilled() const noexcept { return holds_ == holding::value; }
    [[nodiscard]] bool abandoned() const noexcept { return holds_ == holding::abandonment; }
    [[nodiscard]] stored_t<T>& value() noexcept { return value_; }
    [[nodiscard]] reason& why() noexcept { return why_; }

private:
    enum class holding : unsigned char { nothing, value, reason, abandonment };

    union {
        stored_t<T> value_;
        reason why_;
    };
    holding holds_ = holding::nothing; // last, for the same reason as in promise_state
};

/// The shared part of a promise between its producer (a resolver, an operation, the continuation of
/// an earlier promise) and its one consumer (the promise handle, then what is attached to it).
///
/// One word tells how the two stand; doc/design.md draws it:
///
///     pending ──attach──▶ attached ──settle──▶ settled, continuation queued
///     pending ──settle──▶ settled  ──attach──▶ settled, continuation queued
///     pending ──drop────▶ dropped  ──settle──▶ settled, reported, released
///     pending ──settle──▶ settled  ──drop────▶ settled, reported, released
///     attached ──context died──▶ forsaken ──settle──▶ settled, released
///
/// The first move is one read-modify-write, or a store where one thread has the state to itself;
/// the second is a load, and a store of the producer's. The producer writes the outcome before
/// settle, the consumer reads it after; whoever comes second owns the state alone and releases it.
/// Requests to cancel may hold it a little longer.
template <class T>
class promise_state : public cancel_target {
public:
    explicit promise_state(const std::source_location& where, std::uint32_t shares = 1) noexcept
        : cancel_target(shares)
        , where_(where)
    {
        count(counter::promises_made);
    }

    [[nodiscard]] settlement<T>& result() noexcept { return result_; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

    [[nodiscard]] bool is_settled() const noexcept
    {
        // Acquire: the outcome may be read.
        return word_.load(std::memory_order_acquire) == settled;
    }

    // The consumer's side; once one of these has been called the handle is gone.

    /// The context is the handle's.
    void attach(continuation& waiting, const context_ref& context) noexcept
    {
        // Acquire: the outcome is read by the continuation.
        if (word_.load(std::memory_order_acquire) != pending)
            return waiting.make_ready();
        if (this->is_root_)
            waiting_begins(context);
        if (!move_from_pending(reinterpret_cast<std::uintptr_t>(&waiting))) {
            no_longer_waits();
            waiting.make_ready();
        }
    }

    void drop(const context_ref& context) noexcept
    {
        // Acquire: the outcome is read here.
        if (word_.load(std::memory_order_acquire) != pending ||
            !move_from_pending(context.to_word() | dropped)) {
            report_unobserved(context.to_word());
            release();
        }
    }

    // The producer's side; the outcome has been stored. The state may be gone on return.

    void settle() noexcept { settle_and_hand_on(0); }

    /// The same; a request to cancel that has found nothing to reach goes on to who waits.
    void settle_and_hand_on(unsigned requested) noexcept
    {
        const auto before = become_settled();
        if (before == pending)
            return;
        if (before & tags) {
            if (before != forsaken)
                report_unobserved(before & ~tags);
            release();
        } else {
            no_longer_waits();
            auto* const waiting = reinterpret_cast<continuation*>(before);
            if (requested) [[unlikely]]
                waiting->inherit_cancellation(requested);
            waiting->make_ready();
        }
    }

    /// Settles because the context died: nothing is posted. What was attached is returned, to be
    /// dropped.
    [[nodiscard]] continuation* abandon() noexcept
    {
        result_.store_abandonment();
        const auto before = become_settled();
        if (before == pending)
            return nullptr;
        if (before & tags) {
            release();
            return nullptr;
        }
        no_longer_waits();
        return reinterpret_cast<continuation*>(before);
    }

    void abandon_and_drop() noexcept
    {
        if (auto* waiting = abandon())
            drop_continuation(waiting);
    }

protected:
    /// The context of what waits has died, and with that goes what waits. A share has been added:
    /// who is to settle owns the state from now on.
    void forsake() noexcept
    {
        // As in settle().
        auto before = word_.load(std::memory_order_acquire);
        if (before != pending && !(before & tags) &&
            word_.compare_exchange_strong(before, forsaken, std::memory_order_acq_rel))
            drop_continuation(reinterpret_cast<continuation*>(before));
        else
            release();
    }

    ~promise_state() { count(counter::promises_gone); }

    /// For a state that is made before its place of origin is known.
    void made_at(const std::source_location& where) noexcept { where_ = where; }

private:
    static constexpr std::uintptr_t pending = 0;
    static constexpr std::uintptr_t settled = 1;
    static constexpr std::uintptr_t dropped = 2; // with the context_word of the consumer's context
    static constexpr std::uintptr_t forsaken = 3;
    static constexpr std::uintptr_t tags = 3;

    static_assert(alignof(continuation) > tags);

    // The consumer's move, when the state has been found pending. False where the producer's has
    // come first.
    [[nodiscard]] SETTLE_FORCE_INLINE bool move_from_pending(std::uintptr_t to) noexcept
    {
        // Release: the producer that finds a continuation sees it whole; the consumer's last use of
        // a state it drops comes before its release by the producer. Acquire on failure: the
        // outcome is read.
        return this->write(
            [this, to] {
                // It is pending still: a producer would have entered, and that one is alone.
                word_.store(to, std::memory_order_release);
                return true;
            },
            [this, to] {
                auto expected = pending;
                return word_.compare_exchange_strong(expected, to, std::memory_order_release,
                                                     std::memory_order_acquire);
            });
    }

    // The producer's move; returns the consumer's, where that has been made.
    [[nodiscard]] SETTLE_FORCE_INLINE std::uintptr_t become_settled() noexcept
    {
        // Acquire: sees the continuation whole. Once the consumer has moved nobody else writes
        // but the end of its context, which users order with decisions.
        auto before = word_.load(std::memory_order_acquire);
        // Release: publishes the outcome, which requests to cancel ask for.
        const auto store = [this] { word_.store(settled, std::memory_order_release); };
        if (before != pending) {
            store();
            return before;
        }
        return this->write(
            [store] {
                store();
                return pending;
            },
            [this] { return word_.exchange(settled, std::memory_order_acq_rel); });
    }

    void no_longer_waits() noexcept
    {
        if (this->is_root_)
            waiting_ends();
    }

    // For the state that may have to be found by its context while something waits for it, and says
    // so. Begins before the continuation is published, and ends after it has been taken.
    virtual void waiting_begins(const context_ref&) noexcept {}
    virtual void waiting_ends() noexcept {}

    void report_unobserved(std::uintptr_t context) noexcept
    {
        if (!result_.fulfilled() && !result_.abandoned())
            emit(report_kind::unhandled_rejection, result_.why(), where_,
                 context_word::living(context));
    }

    std::atomic<std::uintptr_t> word_{pending};
    std::source_location where_;
    [[no_unique_address]] settlement<T> result_; // last: flags of who derives fit in behind it
};

} // namespace settle::detail
