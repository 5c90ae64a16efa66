// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/bound_argument.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Stands for "no executor is to be found here".
struct no_executor {};

template <class X>
concept has_get_executor = requires(const X& x) { x.get_executor(); };

template <class X>
concept points_to_executor = requires(const X& x) { x->get_executor(); };

// As a Beast WebSocket shares its state with its operations.
template <class X>
concept points_to_stream = requires(const X& x) { x->stream().get_executor(); };

/// The initiation that bind_executor wraps around another, in older releases: its executor is the
/// one that was given.
template <class Initiation>
concept bound_initiation = requires(const Initiation& initiation) {
    initiation.ex_;
    initiation.initiation_;
};

template <class Initiation, class... Args>
[[nodiscard]] decltype(auto) initiation_executor(const Initiation& initiation, const Args&... args);

/// The initiation that another of Asio's adapters (consign, append, as_tuple and so on) wraps
/// around one that has an executor. Newer releases hand the executor on themselves.
template <class Initiation>
concept wraps_known_initiation = requires(const Initiation& initiation) {
    initiation.initiation_;
    requires !std::is_same_v<std::decay_t<decltype(initiation_executor(initiation.initiation_))>,
                             no_executor>;
};

/// The executor of an operation: the one bound to the token, else its initiation's, else that of
/// the first initiation argument, an object or a pointer, that has one (E11). Never the system
/// executor. By reference where it is handed out so.
template <class Initiation, class... Args>
[[nodiscard]] decltype(auto) initiation_executor(const Initiation& initiation, const Args&... args)
{
    constexpr std::size_t bound = bound_executor_argument<Initiation, Args...>();
    if constexpr (requires { initiation.wrapped(); }) { // a finally inside
        return initiation_executor(initiation.wrapped(), args...);
    } else if constexpr (bound_initiation<Initiation>) {
        return std::as_const(initiation.ex_);
    } else if constexpr (bound != no_argument) {
        return std::get<bound>(std::tie(args...));
    } else if constexpr (has_get_executor<Initiation>) {
        return initiation.get_executor();
    } else if constexpr (wraps_known_initiation<Initiation>) {
        return initiation_executor(initiation.initiation_);
    } else {
        [[maybe_unused]] const auto search =
            []<class First, class... Rest>(const auto& self, const First& first,
                                           const Rest&... rest) -> decltype(auto) {
            if constexpr (has_get_executor<First>)
                return first.get_executor();
            else if constexpr (points_to_executor<First>)
                return first->get_executor();
            else if constexpr (points_to_stream<First>)
                return first->stream().get_executor();
            else if constexpr (sizeof...(Rest) > 0)
                return self(self, rest...);
            else
                return no_executor();
        };
        if constexpr (sizeof...(Args) > 0)
            return search(search, args...);
        else
            return no_executor();
    }
}

template <class Initiation, class... Args>
using initiation_executor_t = std::decay_t<decltype(initiation_executor(
    std::declval<const Initiation&>(), std::declval<const std::remove_cvref_t<Args>&>()...))>;

/// Whether the initiation itself names the executor, and nothing that is bound to the token.
template <class Initiation, class... Args>
inline constexpr bool has_executor_of_its_own =
    has_get_executor<Initiation> && !bound_initiation<Initiation> &&
    bound_executor_argument<Initiation, Args...>() == no_argument &&
    !requires(const Initiation& initiation) { initiation.wrapped(); };

} // namespace settle::detail
