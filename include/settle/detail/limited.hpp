// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/callable.hpp>

#include <boost/asio/strand.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

struct no_force {};

/// What outlives the end of a cleanup that is overtaken by its deadline: the cleanup, which what it
/// returned may refer to, and what is to be done then.
template <class Cleanup, class Force>
struct held_cleanup {
    template <class C, class F>
    held_cleanup(C&& c, F&& f)
        : cleanup(std::forward<C>(c))
        , force(std::in_place, std::forward<F>(f))
    {
    }

    Cleanup cleanup;
    std::optional<Force> force;
};

/// Where the cleanup stays with whoever called it.
template <class Cleanup>
struct held_cleanup<Cleanup, no_force> {};

/// What an asynchronous cleanup under a deadline returns: what the cleanup returned.
template <class X, class Cleanup, class Force>
struct limited {
    using decorated_adoptable = X;
    using held_type = std::unique_ptr<held_cleanup<Cleanup, Force>>;
    static constexpr bool has_force = !std::is_same_v<Force, no_force>;

    X adopted;
    std::chrono::steady_clock::duration after;
    std::source_location where;
    held_type held; // with a force
};

/// The one executor that what a cleanup returned can start on; void for any.
template <class X>
struct only_executor {
    using type = void;
};

template <class T, class Executor>
struct only_executor<asio::awaitable<T, Executor>> {
    using type = Executor;
};

template <class X>
    requires requires { typename X::decorated_adoptable; }
struct only_executor<X> : only_executor<typename X::decorated_adoptable> {};

template <class Executor>
inline constexpr bool is_strand = false;

template <class Executor>
inline constexpr bool is_strand<asio::strand<Executor>> = true;

/// Where the cleanup and its timer run: on a strand over the executor. An awaitable that takes just
/// one executor, and no strand, is on that.
template <class X, class Executor>
struct serial_executor {
    using only = typename only_executor<X>::type;
    static constexpr bool wrapped =
        !is_strand<Executor> &&
        (std::is_void_v<only> || std::is_convertible_v<asio::strand<Executor>, only>);
    using type = std::conditional_t<wrapped, asio::strand<Executor>, Executor>;
};

template <class X, class Executor>
using serial_executor_t = typename serial_executor<X, Executor>::type;

} // namespace settle::detail
