// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/source.hpp>
#include <settle/fwd.hpp>

#include <boost/assert.hpp>

#include <type_traits>
#include <utility>

namespace settle::detail {

/// The library's own way into promises and resolvers.
struct promise_access {
    template <class Home>
    using executor_of_t = typename std::remove_cvref_t<Home>::executor_type;

    template <class T, class Home>
    [[nodiscard]] static auto make_promise(promise_state<T>* state, Home&& home) noexcept
    {
        return promise<T, executor_of_t<Home>>(state, std::forward<Home>(home));
    }

    template <class T, class State, class Home>
    [[nodiscard]] static auto make_resolver(State* state, Home&& home) noexcept
    {
        return resolver<T, executor_of_t<Home>>(state, std::forward<Home>(home));
    }

    template <class T, class State, class Executor>
    [[nodiscard]] static shared_promise<T, Executor> make_shared(State* state,
                                                                 const loop<Executor>& home)
    {
        return shared_promise<T, Executor>(state, home);
    }

    /// The state behind a handle.
    template <class Handle>
    [[nodiscard]] static auto* state(const Handle& handle) noexcept
    {
        return handle.state_;
    }

    template <class Handle>
    [[nodiscard]] static const auto& loop_of(const Handle& handle) noexcept
    {
        return handle.loop_;
    }

    /// The loop for what takes the handle's place.
    template <class T, class Executor>
    [[nodiscard]] static loop<Executor> pass_on_loop(promise<T, Executor>& p) noexcept
    {
        return std::move(p.loop_);
    }

    template <class T, class Executor>
    [[nodiscard]] static loop<Executor> pass_on_loop(const shared_promise<T, Executor>& p) noexcept
    {
        return p.loop_;
    }

    // What a continuation waits for: seen from it, and attached to. Its share comes with attach().

    template <class T, class Executor>
    [[nodiscard]] static sole_source<T> source(const promise<T, Executor>& p) noexcept
    {
        BOOST_ASSERT_MSG(p.state_, "settle: a moved-from promise is used");
        return sole_source<T>(p.state_);
    }

    template <class T, class Executor>
    static void attach(promise<T, Executor>& p, continuation& waiting) noexcept
    {
        p.state_->leave_the_thread(); // what waits may belong to another context
        attach(p, waiting, p.loop_.context());
    }

    /// The same for what has the same loop, when that has been passed on.
    template <class T, class Executor>
    static void attach(promise<T, Executor>& p, continuation& waiting,
                       const context_ref& context) noexcept
    {
        std::exchange(p.state_, nullptr)->attach(waiting, context);
    }

    template <class T, class Executor>
    [[nodiscard]] static shared_source<T> source(const shared_promise<T, Executor>& p) noexcept
    {
        BOOST_ASSERT_MSG(p.state_, "settle: a moved-from promise is used");
        return shared_source<T>(p.state_);
    }

    template <class T, class Executor>
    static void attach(const shared_promise<T, Executor>& p, continuation& waiting) noexcept
    {
        p.state_->add_consumer();
        p.speaks_for_itself_no_more();
        p.state_->attach(waiting);
    }

    template <class T, class Executor>
    static void attach(const shared_promise<T, Executor>& p, continuation& waiting,
                       const context_ref&) noexcept
    {
        attach(p, waiting);
    }

    /// A copy that asks to cancel in the handle's place.
    template <class T, class Executor>
    [[nodiscard]] static shared_promise<T, Executor> hand_over(const shared_promise<T, Executor>& p)
    {
        auto copy = p;
        p.speaks_for_itself_no_more();
        return copy;
    }

    /// The consumer's share, taken out of the handle.
    template <class T, class Executor>
    [[nodiscard]] static promise_state<T>* take(promise<T, Executor>& p) noexcept
    {
        BOOST_ASSERT_MSG(p.state_, "settle: a moved-from promise is used");
        return std::exchange(p.state_, nullptr);
    }
};

} // namespace settle::detail
