// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/adopt.hpp>
#include <settle/detail/coroutine_state.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/returned.hpp>
#include <settle/detail/source.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>
#include <settle/outcome.hpp>
#include <settle/reason.hpp>
#include <settle/report.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

// The awaiters of a settle::promise coroutine. They have constructors, since GCC 12 destroys
// aggregates twice that are temporaries in a co_await expression. await_suspend is not inlined:
// the coroutine may run on another thread, and end, before it returns, and compilers (Clang
// before 17, https://github.com/llvm/llvm-project/issues/56301) move what an inlined one has on its
// stack into the frame.

template <class X>
inline constexpr bool is_promise_handle = false;

template <class T, class Executor>
inline constexpr bool is_promise_handle<promise<T, Executor>> = true;

template <class T, class Executor>
inline constexpr bool is_promise_handle<shared_promise<T, Executor>> = true;

/// Awaits a promise or a shared promise: its continuation, in the coroutine's frame.
template <class Handle, class State>
class promise_wait final : public continuation, public coroutine_wait {
    using source_type = decltype(promise_access::source(std::declval<const Handle&>()));
    using value_type = typename source_type::value_type;

public:
    promise_wait(State& state, Handle& handle)
        : state_(&state)
        , handle_(&handle)
        , source_(promise_access::source(handle))
    {
    }

    [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

    [[gnu::noinline]] bool await_suspend(std::coroutine_handle<>)
    {
        // Nothing else would ever resume it.
        if (adoption<std::remove_const_t<Handle>>::state_of(*handle_) == state_->adopts_for()) {
            failure_ = errc::self_resolution;
            return false;
        }
        state_->begin_wait(*this);
        if (!state_->requested()) [[likely]] {
            promise_access::attach(*handle_, *this);
            return true;
        }
        const target_share<State> alive(*state_);
        promise_access::attach(*handle_, *this);
        alive->pass_on_request();
        return true;
    }

    value_type await_resume()
    {
        if (failure_) [[unlikely]]
            failure_->rethrow();
        source_share<source_type> source(std::move(source_));
        if (source->fulfilled()) {
            if constexpr (std::is_void_v<value_type>)
                return;
            else
                return value_type(source->value());
        }
        // An exception cannot carry what it displaced.
        source->report_displaced(source->where(), state_->home().report_context());
        const reason why(source->take_why());
        source.release();
        why.rethrow();
    }

    void make_ready() noexcept override { state_->home().enqueue(*this); }

    void run() override
    {
        state_->end_wait();
        state_->resume();
    }

    [[nodiscard]] continuation* drop() noexcept override
    {
        source_.release();
        state_->end_wait();
        if (!state_->home().alive())
            return state_;
        // Only the context of the promise is no more.
        failure_ = errc::broken_promise;
        state_->resume_later();
        return nullptr;
    }

    void inherit_cancellation(unsigned requested) noexcept override
    {
        state_->inherit_cancellation(requested);
    }

    void cancel_wait(cancel_walk& walk) override
    {
        if (source_.is_settled())
            state_->keep_request(walk.type()); // it is queued
        else
            source_.cancel(walk);
    }

private:
    State* state_;
    Handle* handle_;
    source_type source_;
    std::optional<reason> failure_;
};

/// Awaits any other adoptable.
template <class X, class State>
class adoption_wait final : public coroutine_wait {
    using value_type = adopted_value_t<X>;

public:
    using executor_type = typename State::executor_type;
    using allocator_type = asio::recycling_allocator<void>;

    template <class Operand>
    adoption_wait(State& state, Operand&& operand)
        : state_(&state)
        , adopted_(std::forward<Operand>(operand))
    {
    }

    [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }

    [[gnu::noinline]] void await_suspend(std::coroutine_handle<>)
    {
        // On this thread's stack, since the frame may be gone before the start returns.
        X adopted(std::move(adopted_));
        const target_share<State> alive(*state_);
        const bool asked = alive->requested() != 0;
        alive->begin_wait(*this);
        try {
            start_adoptable<X>(std::move(adopted), *this);
        } catch (...) {
            // Not the operation's own failure, and the operation has begun: as if a handler that
            // ran inside its start had thrown (F13).
            asio::post(alive->get_executor(),
                       [thrown = std::current_exception()] { std::rethrow_exception(thrown); });
        }
        if (asked)
            alive->pass_on_request();
    }

    value_type await_resume()
    {
        if (why_) {
            // as_outcome never throws, also where it was dropped.
            if constexpr (is_outcome<value_type>)
                return value_type(boost::system::in_place_error, std::move(*why_));
            report_displaced(*why_, state_->where(), state_->home().report_context());
            why_->rethrow();
        }
        if constexpr (!std::is_void_v<value_type>)
            return std::move(*value_);
    }

    void cancel_wait(cancel_walk& walk) override { state_->cancel_adoptable(walk.type()); }

    // The receiver.

    [[nodiscard]] const loop<executor_type>& home() const noexcept { return state_->home(); }
    [[nodiscard]] executor_type get_executor() const noexcept { return state_->get_executor(); }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    [[nodiscard]] asio::cancellation_slot adoption_slot() { return state_->adoption_slot(); }
    adoption_record adopting;

    template <class... Values>
    void adoption_fulfilled(Values&&... values)
    {
        if constexpr (!std::is_void_v<value_type>) {
            try {
                value_.emplace_from([&] { return value_type(std::forward<Values>(values)...); });
            } catch (...) {
                why_ = std::current_exception();
            }
        }
        ended();
    }

    void adoption_rejected(reason why)
    {
        why_ = std::move(why);
        ended();
    }

    void adoption_declined()
    {
        why_ = std::make_exception_ptr(std::bad_cast());
        ended();
    }

    // From the queue: if the context is being destroyed the coroutine is dropped there (B5).
    void adoption_dropped() noexcept
    {
        why_ = errc::broken_promise;
        ended();
    }

private:
    struct no_value {};

    void ended() noexcept
    {
        state_->end_wait();
        state_->resume_later();
    }

    State* state_;
    X adopted_;
    std::optional<reason> why_;
    [[no_unique_address]] std::conditional_t<std::is_void_v<value_type>, no_value,
                                             returned<value_type>> value_;
};

/// Awaits nothing.
template <class Value>
class ready_value {
public:
    explicit ready_value(Value value)
        : value_(std::move(value))
    {
    }

    [[nodiscard]] static constexpr bool await_ready() noexcept { return true; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    Value await_resume() { return std::move(value_); }

private:
    Value value_;
};

} // namespace settle::detail
