// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/on_the_clock.hpp>
#include <settle/detail/start_operation.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/wait_traits.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <utility>

namespace settle::detail {

/// A timer that may be cancelled on one thread while it fires on another. It goes when its wait
/// ends, since it must not outlive its context.
template <class Executor>
class lone_timer {
public:
    lone_timer(const Executor& executor, std::chrono::steady_clock::duration after)
        : timer_(std::in_place, executor, after)
    {
    }

    template <class Handler>
    void async_wait(Handler&& handler)
    {
        const std::lock_guard lock(mutex_);
        timer_->async_wait(std::forward<Handler>(handler));
    }

    // Asio calls no handler inside any of these.

    void cancel()
    {
        const std::lock_guard lock(mutex_);
        if (timer_)
            timer_->cancel();
    }

    void end() noexcept
    {
        const std::lock_guard lock(mutex_);
        timer_.reset();
    }

private:
    using clock = std::chrono::steady_clock;

    // Recursive: a wait that cannot start ends inside its initiation.
    std::recursive_mutex mutex_;
    std::optional<asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor>> timer_;
};

/// Completes an operation when the timer's wait ends, and ends the timer.
template <class Executor, class Completion>
class timer_handler {
public:
    using executor_type = Executor;

    timer_handler(std::shared_ptr<lone_timer<Executor>> timer, error_code when_due,
                  Completion&& completion) noexcept
        : completion_(std::move(completion))
        , timer_(std::move(timer))
        , when_due_(when_due)
    {
    }

    timer_handler(timer_handler&&) noexcept = default;

    ~timer_handler()
    {
        if (timer_)
            timer_->end();
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return completion_.get_executor(); }

    void operator()(error_code ec)
    {
        std::exchange(timer_, nullptr)->end();
        std::move(completion_)(ec ? ec : when_due_);
    }

private:
    Completion completion_;
    std::shared_ptr<lone_timer<Executor>> timer_;
    error_code when_due_;
};

/// A promise that settles with `when_due` after a while.
template <class Executor>
promise<void, Executor> start_timer(const loop<Executor>& home,
                                    std::chrono::steady_clock::duration after, error_code when_due,
                                    const std::source_location& where)
{
    if (!home.alive()) {
        auto* const state = new operation_state<void, Executor>(home, where);
        auto never = promise_access::make_promise<void>(state, home);
        state->abandon_and_drop();
        return never;
    }
    auto timer = std::make_shared<lone_timer<Executor>>(home.executor(), after);
    return start_operation<void, bound_completion<void, Executor, void(error_code)>>(
        home, where, [&]<class Completion>(Completion&& completion) {
            // Not by the timer's own use of the slot, which is not safe on several threads.
            completion.get_cancellation_slot().assign(
                [timer](asio::cancellation_type) { timer->cancel(); });
            timer->async_wait(
                timer_handler<Executor, Completion>(timer, when_due, std::move(completion)));
        });
}

} // namespace settle::detail
