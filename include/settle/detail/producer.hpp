// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/handler_result.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/returned.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// A promise's state that is decided by what a function of the user's returns: the common part of
/// continuations and of attempt(). One whose function may return an adoptable is an
/// adopting_producer. `Self` provides
///
///     auto keep_loop();       what keeps the loop running until the next one is queued
///     void concluding();      destroy the function and what it was called with
///     asked_anywhere          requests to cancel come on any thread, not on the executor
template <class Self, class U, class Executor>
class producer : public continuation, public promise_state<U> {
public:
    using executor_type = Executor;

    producer(const loop<Executor>& where_to_run, const std::source_location& where)
        : promise_state<U>(where)
        , loop_(where_to_run)
    {
    }

    [[nodiscard]] const loop<Executor>& home() const noexcept { return loop_; }

    /// Calls `call` and settles with what it returns, waits for that, or rejects with what it
    /// throws.
    template <class Call>
    void settle_with(Call&& call)
    {
        using result = std::remove_cvref_t<std::invoke_result_t<Call&>>;
        if constexpr (std::is_void_v<result>) {
            std::exception_ptr thrown;
            try {
                call();
            } catch (...) {
                thrown = std::current_exception();
            }
            if (thrown)
                reject(std::move(thrown));
            else
                fulfil();
        } else {
            returned<result> value;
            std::exception_ptr thrown;
            // Not value's own word: GCC 12 loses sight of it, and warns of a value that may be
            // uninitialized.
            bool returned_one = false;
            try {
                value.emplace_from(call);
                returned_one = true;
            } catch (...) {
                thrown = std::current_exception();
            }
            if (returned_one)
                settle_as(std::move(*value));
            else
                reject(std::move(thrown));
        }
    }

    /// Settles with a value, an outcome, or what an adoptable ends with.
    template <class Result>
    void settle_as(Result&& value)
    {
        using result = std::remove_cvref_t<Result>;
        if constexpr (is_outcome<result>) {
            if (!value)
                reject(std::move(value).error());
            else if constexpr (std::is_void_v<typename result::value_type>)
                fulfil();
            else
                settle_as(*std::move(value));
        } else if constexpr (adoptable<result>) {
            self().adopt(std::move(value));
        } else {
            fulfil(std::forward<Result>(value));
        }
    }

    template <class... Args>
    void fulfil(Args&&... args)
    {
        static_assert(std::is_void_v<U> || std::is_constructible_v<stored_t<U>, Args...>,
                      "settle: what the handler returns does not convert to the promise's type");
        if constexpr (std::is_void_v<U>)
            this->result().store_value(); // a value is ignored
        else
            this->result().store_value(std::forward<Args>(args)...);
        conclude();
    }

    void reject(reason&& why)
    {
        this->result().store_reason(std::move(why));
        conclude();
    }

    /// The end: the function goes before whoever waits is called (F14). May free the object.
    void conclude() noexcept
    {
        // What keeps the loop running goes after the next continuation has been queued (E5).
        [[maybe_unused]] const auto guard = self().keep_loop();
        self().concluding();
        this->settle_and_hand_on(close_requests());
    }

    // Requests to cancel, on the executor.

    void cancel(cancel_walk& walk) override { cancel_on(loop_, self(), walk); }

    void inherit_cancellation(unsigned requested) noexcept override
    {
        requested_.fetch_or(static_cast<unsigned char>(requested & all_types),
                            std::memory_order_relaxed);
    }

protected:
    ~producer() = default;

    /// There is nothing to pass a request on to: what comes next gets it.
    void keep_request(asio::cancellation_type type) noexcept
    {
        inherit_cancellation(static_cast<unsigned>(type));
    }

    [[nodiscard]] unsigned requested() const noexcept
    {
        return requested_.load(std::memory_order_relaxed);
    }

    /// The request that was kept, for what comes next.
    [[nodiscard]] asio::cancellation_type take_request() noexcept
    {
        return static_cast<asio::cancellation_type>(
            requested_.exchange(0, std::memory_order_relaxed));
    }

    /// Its function has gone. Where it has yet to settle (what the function owned may ask, on its
    /// way out) what comes next gets the request; else the chain goes on from there.
    void cancel_late(cancel_walk& walk) noexcept
    {
        if (!this->is_settled() && keeps(walk.type()))
            return;
        if (!walk.began_at(*this))
            walk.begin_again();
    }

    /// Abandons the state, without running anything.
    [[nodiscard]] continuation* drop() noexcept override
    {
        self().concluding();
        return this->abandon();
    }

private:
    [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

    // What was asked for by the time it settles. Where requests come on other threads none is kept
    // from then on.
    [[nodiscard]] unsigned close_requests() noexcept
    {
        if constexpr (Self::asked_anywhere)
            return requested_.exchange(closed, std::memory_order_relaxed);
        else
            return requested();
    }

    [[nodiscard]] bool keeps(asio::cancellation_type type) noexcept
    {
        const auto types = static_cast<unsigned>(type) & all_types;
        return !(requested_.fetch_or(static_cast<unsigned char>(types), std::memory_order_relaxed) &
                 closed);
    }

    static constexpr unsigned all_types = 7; // of cancellation
    static constexpr unsigned char closed = 8;

    // Relaxed: on the executor, but for a handler whose executor is known only when it runs.
    std::atomic<unsigned char> requested_{0};

protected:
    /// Of Self, which puts it here for want of room: its function is still there.
    bool has_function_ = true;

private:
    loop<Executor> loop_;
};

} // namespace settle::detail
