// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/recycled_memory.hpp>
#include <settle/detail/signature.hpp>
#include <settle/detail/start_scope.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/config.hpp>

#include <concepts>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The state of a promise that an operation decides.
template <class T, class Executor>
class operation_state final : public continuation,
                              public promise_state<T>,
                              public recycled<operation_state<T, Executor>> {
public:
    operation_state(const loop<Executor>& home, const std::source_location& where)
        : promise_state<T>(where)
        , loop_(home)
    {
    }

    /// In which the operation is started; may be gone.
    void set_start(const start_scope& scope) noexcept { start_ = &scope; }
    [[nodiscard]] const start_scope* start() const noexcept { return start_; }

    [[nodiscard]] const loop<Executor>& home() const noexcept { return loop_; }

    // Queued when the operation was dropped without completing. If that is because the context is
    // being destroyed, this is dropped from the queue in turn, unreported (B5).
    void make_ready() noexcept override { loop_.enqueue(*this); }

    void run() override
    {
        this->result().store_reason(errc::broken_promise);
        this->settle();
    }

    [[nodiscard]] continuation* drop() noexcept override { return this->abandon(); }

    /// Where the operation is cancelled.
    [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    // Requests to cancel.

    void cancel(cancel_walk& walk) override { cancel_on(loop_, *this, walk); }

    void cancel_here(cancel_walk& walk) override
    {
        // An operation that has ended may have left its handler in the slot.
        if (!this->is_settled())
            signal_.emit(walk.type());
        else if (!walk.began_at(*this))
            walk.begin_again();
    }

private:
    void destroy() noexcept override { delete this; }

    loop<Executor> loop_;
    asio::cancellation_signal signal_;
    const start_scope* start_ = nullptr;
};

/// The completion handler that decides it: the producer's share.
///
/// Whoever asks for its executor and has one to fall back on, as an operation has its own, gets
/// that: of an operation whose executor is the promise's, so that Asio need not carry another along
/// and go there in the end. Who has none gets the promise's.
template <class T, class Executor, class... Signatures>
class operation_completion {
public:
    using cancellation_slot_type = asio::cancellation_slot;

    explicit operation_completion(operation_state<T, Executor>* state) noexcept
        : state_(state)
    {
    }

    operation_completion(operation_completion&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
    {
    }

    operation_completion& operator=(operation_completion&&) = delete;

    // The operation was dropped without completing.
    ~operation_completion()
    {
        if (state_) [[unlikely]]
            dropped();
    }

    [[nodiscard]] const Executor& home_executor() const noexcept
    {
        return state_->home().executor();
    }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return state_->slot();
    }

    template <class... Args>
    void operator()(Args&&... args) &&
    {
        called<false>(std::forward<Args>(args)...);
    }

    // Some composed operations call their handler as an lvalue, or as a const one.
    template <class... Args>
    void operator()(Args&&... args) const&
    {
        called<true>(std::forward<Args>(args)...);
    }

private:
    // Out of line: Asio moves a handler several times.
    BOOST_NOINLINE void dropped() noexcept
    {
        if (!start_scope::notify_dropped(state_->start(), state_))
            state_->make_ready();
    }

    template <bool Lvalue, class... Args>
    void called(Args&&... args) const
    {
        using signature = meant_signature_t<Lvalue, type_list<Args...>, Signatures...>;
        if constexpr (!is_progress<signature>::value) {
            auto* const state = std::exchange(state_, nullptr);
            with_declared_slot<signature>(
                [state]<class... As>(As&&... as) { settle(state, std::forward<As>(as)...); },
                std::forward<Args>(args)...);
        }
    }

    template <class... Args>
    static void settle(operation_state<T, Executor>* state, Args&&... args)
    {
        if constexpr (slot_of_arguments<Args...> == error_slot::none) {
            state->result().store_value(std::forward<Args>(args)...);
            state->settle();
        } else {
            settle_with_slot(state, std::forward<Args>(args)...);
        }
    }

    template <class Slot, class... Values>
    static void settle_with_slot(operation_state<T, Executor>* state, Slot&& slot,
                                 Values&&... values)
    {
        if (auto why = reason_in_slot(std::forward<Slot>(slot)))
            state->result().store_reason(std::move(*why));
        else
            state->result().store_value(std::forward<Values>(values)...);
        state->settle();
    }

    mutable operation_state<T, Executor>* state_;
};

/// The same where the promise's executor is not the operation's: the operation goes there.
template <class T, class Executor, class... Signatures>
class bound_completion : public operation_completion<T, Executor, Signatures...> {
public:
    using executor_type = Executor;
    using operation_completion<T, Executor, Signatures...>::operation_completion;

    [[nodiscard]] const executor_type& get_executor() const noexcept
    {
        return this->home_executor();
    }
};

} // namespace settle::detail

template <class T, class Executor, class... Signatures, class Candidate>
struct boost::asio::associated_executor<
    settle::detail::operation_completion<T, Executor, Signatures...>, Candidate> {
    using asio_associated_executor_is_unspecialised = void;
    using type = Candidate;
    using completion = settle::detail::operation_completion<T, Executor, Signatures...>;

    static type get(const completion& of) noexcept
        requires std::convertible_to<const Executor&, Candidate>
    {
        return of.home_executor();
    }

    static const type& get(const completion&, const Candidate& candidate) noexcept
    {
        return candidate;
    }
};

// What has no context (the system's executor, an inline one) is nothing to fall back on, nor is
// what an any_completion_handler hands on.
template <class T, class Executor, class... Signatures, class Candidate>
    requires(!settle::detail::has_context<Candidate> ||
             std::same_as<Candidate, boost::asio::any_completion_executor>)
struct boost::asio::associated_executor<
    settle::detail::operation_completion<T, Executor, Signatures...>, Candidate> {
    using type = Executor;
    using completion = settle::detail::operation_completion<T, Executor, Signatures...>;

    static const type& get(const completion& of) noexcept { return of.home_executor(); }
    static const type& get(const completion& of, const Candidate&) noexcept { return get(of); }
};
