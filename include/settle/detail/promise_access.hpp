// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/fwd.hpp>

#include <boost/assert.hpp>

#include <utility>

namespace settle::detail {

/// The library's own way into promises and resolvers.
struct promise_access {
    template <class T, class Executor>
    [[nodiscard]] static promise<T, Executor> make_promise(promise_state<T>* state,
                                                           const loop<Executor>& home)
    {
        return promise<T, Executor>(state, home);
    }

    template <class T, class State, class Executor>
    [[nodiscard]] static resolver<T, Executor> make_resolver(State* state,
                                                             const loop<Executor>& home)
    {
        return resolver<T, Executor>(state, home);
    }

    template <class T, class Executor>
    [[nodiscard]] static promise_state<T>* state(const promise<T, Executor>& p) noexcept
    {
        return p.state_;
    }

    template <class T, class Executor>
    [[nodiscard]] static const loop<Executor>& loop_of(const promise<T, Executor>& p) noexcept
    {
        return p.loop_;
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
