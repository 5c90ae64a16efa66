// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cancel_target.hpp>
#include <settle/detail/completion_node.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/outcome.hpp>
#include <settle/reason.hpp>

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace settle::detail {

/// One of the promises that a combinator was given: what waits for it, on behalf of the
/// combination, of which it is a part. The outcome stays in the promise's state until the
/// combination has no more use for it.
///
///     pending ──keep──▶ kept ──let_go──▶ gone
///        └─────────let_go────────────────▲
///
/// The source is given up by the last of its users: the input itself until it is gone, and whoever
/// is asking to cancel it, which may be on another thread.
template <class Source, class Combination>
class combined_input final : public continuation {
public:
    using value_type = typename Source::value_type;
    using value_reference = decltype(std::declval<const Source&>().value());

    static_assert(std::is_constructible_v<stored_t<value_type>, value_reference>,
                  "settle: the value of a shared promise is copied into the result, and this type "
                  "cannot be copied");

    /// The promise's share comes when this is attached.
    template <class Handle>
    combined_input(Combination& owner, const Handle& handle) noexcept
        : owner_(&owner)
        , source_(promise_access::source(handle))
    {
    }

    // The continuation. It runs where the combination does.

    void make_ready() noexcept override
    {
        queued_ = true;
        owner_->home().enqueue(*this);
    }

    void run() override { owner_->input_settled(*this); }

    [[nodiscard]] continuation* drop() noexcept override
    {
        // Only the promise's own context has gone: to the combination it is a broken promise.
        if (!queued_ && owner_->home().alive()) {
            make_ready();
            return nullptr;
        }
        return owner_->input_dropped(*this);
    }

    void inherit_cancellation(unsigned requested) noexcept override
    {
        owner_->keep_request(requested);
    }

    // The outcome, once it has settled. Moved from, unless it is a shared promise's.

    [[nodiscard]] bool fulfilled() const noexcept { return source_.fulfilled(); }
    [[nodiscard]] value_reference value() const noexcept { return source_.value(); }
    [[nodiscard]] reason take_why() const noexcept { return source_.take_why(); }
    [[nodiscard]] outcome<value_type> take_outcome()
    {
        return outcome_completion<Source, nothing>::to_outcome(source_);
    }

    // How long it is needed. Sequentially consistent: of an input that is kept and a combination
    // that is decided at the same time, at least one sees the other.

    void keep() noexcept { stage_.store(stage::kept); }
    [[nodiscard]] bool kept() const noexcept { return stage_.load() == stage::kept; }

    void let_go() noexcept
    {
        if (stage_.exchange(stage::gone) != stage::gone)
            leave();
    }

    /// Passes a request on, unless it has settled. Returns whether it had not.
    bool ask_to_cancel(cancel_walk& walk)
    {
        // Relaxed: who finds a user finds the source as it was made.
        auto users = users_.load(std::memory_order_relaxed);
        do {
            if (users == 0)
                return false;
        } while (!users_.compare_exchange_weak(users, users + 1, std::memory_order_relaxed));
        const bool pending = !source_.is_settled();
        target_share<cancel_target> target;
        if (pending) {
            // Relaxed: only who comes first matters.
            if (auto* found = source_.to_cancel(asked_.exchange(true, std::memory_order_relaxed)))
                target = target_share<cancel_target>(*found);
        }
        leave();
        if (target)
            walk.branch_to(std::move(target));
        return pending;
    }

private:
    enum class stage : std::uint8_t { pending, kept, gone };

    void leave() noexcept
    {
        // Acquire and release: the end of the source comes after the last use.
        if (users_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            source_.release();
    }

    Combination* owner_;
    Source source_;
    std::atomic<std::uint32_t> users_{1};
    std::atomic<stage> stage_{stage::pending};
    std::atomic<bool> asked_{false};
    bool queued_ = false; // written by its owner of the moment
};

} // namespace settle::detail
