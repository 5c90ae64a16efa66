// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/block.hpp>
#include <settle/detail/callable.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/context_record.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/finally_reaction.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/own_executor.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/reaction_node.hpp>
#include <settle/detail/recycled_memory.hpp>
#include <settle/detail/source.hpp>
#include <settle/reason.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associator.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

namespace settle::detail {

/// An entry of a cleanup stack is a link of finally() that has yet to hear which link comes before
/// it: this, its source, is told when the stack is disposed. Until then it is owned by the stack.
class stacked_source {
public:
    using value_type = void;
    using argument_type = void;

    stacked_source() = default;

    stacked_source(stacked_source&& other) noexcept
    {
        if (other.before_)
            before_.emplace(std::move(*other.before_));
    }

    stacked_source& operator=(stacked_source&&) = delete;

    [[nodiscard]] explicit operator bool() const noexcept { return before_ && *before_; }
    [[nodiscard]] bool fulfilled() const noexcept { return before_->fulfilled(); }
    [[nodiscard]] std::monostate&& value() const noexcept { return before_->value(); }
    [[nodiscard]] reason&& take_why() const noexcept { return before_->take_why(); }
    [[nodiscard]] bool is_settled() const noexcept { return before_->is_settled(); }
    void cancel(cancel_walk& walk) noexcept { before_->cancel(walk); }

    void release() noexcept
    {
        if (before_)
            before_->release();
    }

private:
    friend class stacked_cleanups;

    std::optional<sole_source<void>> before_;
    // Of the link that this is the source of, and that owns itself once the stack is disposed.
    continuation* link_ = nullptr;
    void (*is_due_)(continuation& link) =
        nullptr; // called when the stack is disposed, for draining
    promise_state<void>* state_ = nullptr;
    stacked_source* below_ = nullptr;
};

/// The entries of a cleanup stack. Their context knows them, since an entry may own the stack that
/// it is in; when the context dies they are abandoned.
class stacked_cleanups final : private waiting_root, public recycled<stacked_cleanups> {
public:
    explicit stacked_cleanups(const context_ref& context) noexcept
    {
        if (context.record)
            list_in(context);
    }

    /// The stack has been disposed, or goes undisposed (K7).
    void end() noexcept
    {
        unlist();
        abandon();
        release();
    }

    [[nodiscard]] bool empty() const noexcept { return !top_; }

    template <class Link>
    void push(Link& link) noexcept
    {
        auto& entry = link.source();
        entry.link_ = &link;
        entry.is_due_ = [](continuation& of) { static_cast<Link&>(of).reaction().is_due(); };
        entry.state_ = &link;
        entry.below_ = std::exchange(top_, &entry);
        if (!bottom_)
            bottom_ = &entry;
    }

    /// What settles when all have run. Its consumer must be there when they begin.
    [[nodiscard]] promise_state<void>* last() const noexcept { return bottom_->state_; }

    /// Begins with the top one. The state before it has settled.
    void begin(promise_state<void>& before, const context_ref& context) noexcept
    {
        auto* const first = std::exchange(top_, nullptr);
        bottom_ = nullptr;
        for (auto* entry = first; entry; entry = entry->below_)
            entry->is_due_(*entry->link_);
        for (auto* entry = first; auto* const next = entry->below_; entry = next) {
            next->before_.emplace(entry->state_);
            entry->state_->attach(*next->link_, context);
        }
        first->before_.emplace(&before);
        before.attach(*first->link_, context);
    }

private:
    void hold() noexcept override
    {
        // Relaxed: with the list locked, so the stack has not let go yet.
        shares_.fetch_add(1, std::memory_order_relaxed);
    }

    void context_died() noexcept override
    {
        abandon();
        release();
    }

    void release() noexcept
    {
        // Acquire and release: the other's last use comes before the end.
        if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }

    // No entry will run. What they own may end the stack meanwhile.
    void abandon() noexcept
    {
        while (auto* const entry = top_) {
            top_ = entry->below_;
            if (!top_)
                bottom_ = nullptr;
            auto* const state = entry->state_;
            drop_continuation(entry->link_);
            // Nobody is to hear of it, also where a link whose cleanup had an executor of its own
            // has rejected itself.
            state->result().discard();
            state->result().store_abandonment();
            state->drop(context_ref());
        }
    }

    stacked_source* top_ = nullptr;
    stacked_source* bottom_ = nullptr;
    std::atomic<unsigned> shares_{1}; // the stack's, and for a moment the context's
};

struct end_of_stack {
    void operator()(stacked_cleanups* entries) const noexcept { entries->end(); }
};

using stacked_cleanups_owner = std::unique_ptr<stacked_cleanups, end_of_stack>;

/// Calls the cleanup of an adopted value, with the value as an lvalue where that compiles.
template <class F, class T>
    requires callable_once<F, T&>
decltype(auto) call_with_adopted(F& cleanup, T& value) noexcept(noexcept(call_once(cleanup, value)))
{
    return call_once(cleanup, value);
}

template <class F, class T>
    requires(!callable_once<F, T&>)
decltype(auto) call_with_adopted(F& cleanup,
                                 T& value) noexcept(noexcept(call_once(cleanup, std::move(value))))
{
    return call_once(cleanup, std::move(value));
}

/// A value and the cleanup that is called with it, as a cleanup.
template <class T, class F>
class adopted_cleanup {
public:
    /// What it is made of in the link where it stays, and who wants to know where its value is.
    template <class Value, class Cleanup>
    struct parts {
        Value&& value;
        Cleanup&& cleanup;
        T** adopted;
    };

    template <class Value, class Cleanup>
    explicit adopted_cleanup(const parts<Value, Cleanup>& from)
        : value_(std::forward<Value>(from.value))
        , cleanup_(std::forward<Cleanup>(from.cleanup))
    {
        *from.adopted = std::addressof(value_);
    }

    adopted_cleanup(const adopted_cleanup&) = delete;
    adopted_cleanup& operator=(const adopted_cleanup&) = delete;

    [[nodiscard]] const F& cleanup() const noexcept { return cleanup_; }

    [[nodiscard]] explicit operator bool() const noexcept { return !is_empty_callable(cleanup_); }

    decltype(auto)
    operator()() noexcept(noexcept(call_with_adopted(std::declval<F&>(), std::declval<T&>())))
    {
        return call_with_adopted(cleanup_, value_);
    }

private:
    T value_;
    [[no_unique_address]] F cleanup_;
};

/// Makes an entry: as promise::finally makes its link, but for the promise that comes before.
template <class Decayed, class Executor, class Cleanup, class Arg>
void push_cleanup(stacked_cleanups& entries, const loop<Executor>& stack_loop,
                  const std::source_location& where, const Cleanup& cleanup, Arg&& made_of)
{
    static_cast<void>(cleanup_traits<Decayed>::infallible);
    const auto home = loop_of(cleanup, stack_loop);
    using home_executor = typename std::remove_cvref_t<decltype(home)>::executor_type;
    constexpr bool bound = has_associated_executor<Decayed>;
    const auto downstream = [&] {
        if constexpr (bound)
            return stack_loop;
        else
            return no_executor();
    }();
    using reaction =
        finally_reaction<Decayed, home_executor, std::conditional_t<bound, Executor, no_executor>>;
    const auto allocator = boost::asio::get_associated_allocator(cleanup);
    using link = reaction_node<stacked_source, void, reaction, home_executor,
                               std::remove_const_t<decltype(allocator)>>;
    auto* const entry =
        create_block<link>(allocator, stacked_source(), home, stack_loop.context(), allocator,
                           where, std::forward<Arg>(made_of), downstream, home, false);
    entries.push(*entry);
}

} // namespace settle::detail

/// Whatever is associated with the cleanup of an adopted value.
template <template <class, class> class Associator, class T, class F, class Default>
struct boost::asio::associator<Associator, settle::detail::adopted_cleanup<T, F>, Default>
    : Associator<F, Default> {
    using cleanup = settle::detail::adopted_cleanup<T, F>;

    static auto get(const cleanup& adopted) noexcept
    {
        return Associator<F, Default>::get(adopted.cleanup());
    }

    static auto get(const cleanup& adopted, const Default& otherwise) noexcept
    {
        return Associator<F, Default>::get(adopted.cleanup(), otherwise);
    }
};
