// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/coroutine_executor.hpp>
#include <settle/detail/coroutine_state.hpp>
#include <settle/detail/coroutine_wait.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/this_coro.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The end of a coroutine's body. The frame may be gone when await_suspend returns.
template <class State>
class coroutine_end {
public:
    explicit coroutine_end(State& state) noexcept
        : state_(&state)
    {
    }

    [[nodiscard]] static constexpr bool await_ready() noexcept { return false; }
    [[gnu::noinline]] void await_suspend(std::coroutine_handle<>) const noexcept
    {
        state_->body_ended();
    }
    static void await_resume() noexcept {}

private:
    State* state_;
};

/// The promise object of a coroutine, as the standard calls it, but for what co_return does.
template <class T, class Executor>
class coroutine_object {
protected:
    using state_type = coroutine_state<T, Executor>;

    template <class... Args>
    explicit coroutine_object(std::coroutine_handle<> frame, Args&... args)
    {
        using found = decltype(executor_of_arguments(args...));
        static_assert(
            !std::is_same_v<found, no_executor>,
            "settle: a coroutine that returns a settle::promise runs on the executor of its first "
            "argument that is an executor or an execution context, or that has get_executor(), and "
            "this one has no such argument; write settle::promise<T> "
            "f(boost::asio::any_io_executor "
            "executor, ...), in a lambda too, whose captures do not count");
        static_assert(std::is_same_v<found, no_executor> || std::is_convertible_v<found, Executor>,
                      "settle: the executor of the coroutine's first argument that has one does "
                      "not convert to that of the settle::promise<T, Executor> which it returns");
        if constexpr (std::is_convertible_v<found, Executor>) {
            const loop<Executor> home(Executor(executor_of_arguments(args...)));
            state_ = state_type::memory::make_state(this, home, frame);
        }
    }

public:
    [[nodiscard]] static void* operator new(std::size_t size)
    {
        return state_type::memory::allocate_frame(size);
    }

    static void operator delete(void* frame) noexcept
    {
        state_type::memory::deallocate_frame(frame);
    }

    [[nodiscard]] promise<T, Executor>
    get_return_object(std::source_location where = std::source_location::current())
    {
        state_->made_at(where);
        return promise_access::make_promise<T>(state_, state_->home());
    }

    [[nodiscard]] static std::suspend_never initial_suspend() noexcept { return {}; }
    [[nodiscard]] coroutine_end<state_type> final_suspend() const noexcept
    {
        return coroutine_end<state_type>(*state_);
    }
    void unhandled_exception() const noexcept { state_->fail(std::current_exception()); }

    template <class X>
    [[nodiscard]] auto await_transform(X&& awaited) const
    {
        using operand = std::remove_cvref_t<X>;
        if constexpr (is_promise_handle<operand>) {
            static_assert(!std::is_lvalue_reference_v<X> || std::is_copy_constructible_v<operand>,
                          "settle: write co_await std::move(p)");
            static_assert(
                std::is_void_v<typename operand::value_type> ||
                    !std::is_copy_constructible_v<operand> ||
                    std::is_copy_constructible_v<stored_t<typename operand::value_type>>,
                "settle: to await a shared promise copies its value, and this type cannot be "
                "copied; use then() with a handler that takes a const T&");
            return promise_wait<std::remove_reference_t<X>, state_type>(*state_, awaited);
        } else if constexpr (adoptable<operand>) {
            static_assert(std::is_constructible_v<operand, X>,
                          "settle: what is awaited cannot be copied; write "
                          "co_await std::move(operation)");
            return adoption_wait<operand, state_type>(*state_, std::forward<X>(awaited));
        } else {
            static_assert(
                adoptable<operand>,
                "settle: a coroutine that returns a settle::promise awaits promises, shared "
                "promises, an asio::awaitable, deferred operations (async_read(socket, buffer, "
                "asio::deferred)), and types with a settle::adoption; this is none of these");
            return std::suspend_never();
        }
    }

    [[nodiscard]] auto await_transform(asio::this_coro::executor_t) const
    {
        return ready_value<Executor>(state_->get_executor());
    }

protected:
    state_type* state_ = nullptr;
};

template <class T, class Executor>
class coroutine_body final : public coroutine_object<T, Executor> {
public:
    template <class... Args>
    explicit coroutine_body(Args&... args)
        : coroutine_object<T, Executor>(std::coroutine_handle<coroutine_body>::from_promise(*this),
                                        args...)
    {
    }

    template <class Result = T>
    void return_value(Result&& value) const
    {
        this->state_->return_as(std::forward<Result>(value));
    }
};

template <class Executor>
class coroutine_body<void, Executor> final : public coroutine_object<void, Executor> {
public:
    template <class... Args>
    explicit coroutine_body(Args&... args)
        : coroutine_object<void, Executor>(
              std::coroutine_handle<coroutine_body>::from_promise(*this), args...)
    {
    }

    void return_void() const noexcept { this->state_->return_nothing(); }
};

} // namespace settle::detail
