// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/block.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/adopting_producer.hpp>
#include <settle/detail/producer.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/source.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

template <bool Adopts, class Self, class U, class Executor>
using producer_of =
    std::conditional_t<Adopts, adopting_producer<Self, U, Executor>, producer<Self, U, Executor>>;

/// One link of a chain, in one block: the continuation of a promise<T> and the state of the
/// promise<U> that then(), catch_() or finally() returned.
///
/// Owned by the promise before it while that is pending (through its word), then by the queue, then
/// by itself while it runs; as a state it is released like any other.
template <class Source, class U, class Reaction, class Executor, class Allocator>
class reaction_node final
    : public producer_of<Reaction::adopts, reaction_node<Source, U, Reaction, Executor, Allocator>,
                         U, Executor> {
    using base = producer_of<Reaction::adopts, reaction_node, U, Executor>;
    using T = typename Source::value_type;

    // Where what the handler returns is waited for, if that is known only when it runs.
    static auto chosen_loop_type()
    {
        if constexpr (Reaction::undecided_executor)
            return std::type_identity<decltype(std::declval<Reaction&>().chosen_loop(
                std::declval<const loop<Executor>&>(), true))>();
        else
            return std::type_identity<loop<Executor>>();
    }

    using chosen_loop = typename decltype(chosen_loop_type())::type;

public:
    using allocator_type = Allocator;
    using executor_type = typename chosen_loop::executor_type;

    template <class... Args>
    reaction_node(Source source, const loop<Executor>& home, const context_ref& downstream,
                  const Allocator& allocator, const std::source_location& where, Args&&... args)
        : base(home, where)
        , source_(std::move(source))
        , downstream_(downstream)
        , allocator_(allocator)
    {
        std::construct_at(&reaction_, std::forward<Args>(args)...);
    }

    reaction_node(const reaction_node&) = delete;
    reaction_node& operator=(const reaction_node&) = delete;

    ~reaction_node() { end_reaction(); }

    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_; }

    [[nodiscard]] const chosen_loop& home() const noexcept
    {
        if constexpr (Reaction::undecided_executor)
            return *chosen_;
        else
            return base::home();
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return home().executor(); }

    void make_ready() noexcept override
    {
        const bool fulfilled = source().fulfilled();
        if constexpr (Reaction::bound)
            ran_on_ = reaction_.context(base::home(), fulfilled);
        if constexpr (Reaction::undecided_executor)
            chosen_.emplace(reaction_.chosen_loop(base::home(), fulfilled));
        reaction_.enqueue(*this, base::home(), fulfilled);
    }

    void run() override
    {
        if constexpr (Reaction::adopts) {
            if (this->was_adoption_dropped())
                return this->fail_dropped_adoption();
        }
        reaction_.react(*this);
    }

    [[nodiscard]] continuation* drop() noexcept override
    {
        if constexpr (requires { reaction_.abandoned(this->where(), nullptr); }) {
            if (this->has_function_)
                reaction_.abandoned(this->where(), base::home().report_context());
        }
        if constexpr (Reaction::adopts)
            this->forget_adoptable();
        concluding();
        // Only the handler's own context has gone: whoever waits in the promise's hears of it.
        if constexpr (Reaction::bound) {
            if (downstream_.alive() && downstream_.to_word() != ran_on_.to_word()) {
                this->result().store_reason(errc::broken_promise);
                this->settle();
                return nullptr;
            }
        }
        return this->abandon();
    }

    // What the reaction asks for.

    [[nodiscard]] Source& source() noexcept { return source_; }
    [[nodiscard]] Reaction& reaction() noexcept { return reaction_; }

    void pass()
    {
        if (source().fulfilled())
            pass_value();
        else
            pass_reason();
    }

    void pass_value()
    {
        if constexpr (std::is_void_v<U>)
            this->fulfil();
        else if constexpr (std::is_constructible_v<stored_t<U>, decltype(source().value())>)
            this->fulfil(source().value());
        else // the handler that would have made a U of it turned out to be empty
            this->reject(std::make_exception_ptr(std::bad_function_call()));
    }

    void pass_reason() { this->reject(source().take_why()); }

    template <class... Values>
    void adopted_value(Values&&... values)
    {
        this->settle_as_adopted(std::forward<Values>(values)...);
    }

    /// The handler gets less than the whole reason, so the hook gets the rest (F9).
    void report_displaced() noexcept
    {
        source_.report_displaced(this->where(), base::home().report_context());
    }

    // What the producer asks for.

    static constexpr bool asked_anywhere = Reaction::undecided_executor;
    static constexpr bool shields_adoptable = Reaction::shields_adoptable;

    [[nodiscard]] auto keep_loop() noexcept { return reaction_.keep_loop(); }

    void concluding() noexcept
    {
        auto before = take_source();
        end_reaction();
        before.release();
    }

    template <class... Values>
    void adopted(Values&&... values)
    {
        reaction_.adopted(*this, std::forward<Values>(values)...);
    }

    void adopted_nothing() { reaction_.adopted_nothing(*this); }

    void adoption_failed(reason why) { reaction_.adoption_failed(*this, std::move(why)); }

    [[nodiscard]] boost::asio::cancellation_slot adoption_slot()
    {
        return reaction_.slot(this->signal());
    }

    /// A request to cancel goes to the handler's executor. With two handlers there may be two, and
    /// which is known when the promise before has settled.
    void cancel(cancel_walk& walk) override
    {
        if constexpr (Reaction::undecided_executor) {
            auto alone = guard_.enter();
            if (!source_) {
                this->cancel_late(walk);
            } else if (!source_.is_settled()) {
                source_.cancel(walk);
            } else {
                const auto chosen = reaction_.chosen_loop(base::home(), source_.fulfilled());
                alone.unlock();
                cancel_on(chosen, *this, walk);
            }
        } else {
            base::cancel(walk);
        }
    }

    void cancel_here(cancel_walk& walk) override
    {
        if constexpr (Reaction::adopts) {
            if (this->waits_for_adoptable())
                return this->cancel_adoptable(walk.type());
        }
        if (!source_)
            this->cancel_late(walk);
        else if (!source_.is_settled())
            source_.cancel(walk);
        else
            this->keep_request(walk.type()); // queued, or running
    }

private:
    // For a handler with an executor of its own: the promise's context, and the handler's.
    struct nowhere {
        explicit nowhere(const context_ref&) noexcept {}
    };

    // Of source_, where requests to cancel come from other threads than the handler's. Held for a
    // few instructions.
    class guard {
    public:
        [[nodiscard]] std::unique_lock<std::mutex> enter()
        {
            return std::unique_lock<std::mutex>(mutex_);
        }

    private:
        std::mutex mutex_;
    };

    struct no_guard {
        [[nodiscard]] nothing enter() const noexcept { return {}; }
    };

    [[nodiscard]] Source take_source() noexcept
    {
        [[maybe_unused]] const auto alone = guard_.enter();
        return std::move(source_);
    }

    void end_reaction() noexcept
    {
        if (std::exchange(this->has_function_, false))
            std::destroy_at(&reaction_);
    }

    void destroy() noexcept override { destroy_block(this, allocator_); }

    Source source_;
    [[no_unique_address]] std::conditional_t<Reaction::undecided_executor, guard, no_guard> guard_;
    [[no_unique_address]] std::conditional_t<Reaction::bound, context_ref, nowhere> downstream_;
    [[no_unique_address]] std::conditional_t<Reaction::bound, context_ref, nothing> ran_on_{};
    [[no_unique_address]] std::conditional_t<Reaction::undecided_executor,
                                             std::optional<chosen_loop>, nothing> chosen_;
    [[no_unique_address]] Allocator allocator_;
    union {
        Reaction reaction_; // as long as has_function_ says so
    };
};

} // namespace settle::detail
