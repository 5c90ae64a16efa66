// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <type_traits>

namespace settle {

/// The customisation point that makes a type adoptable: what a handler or a cleanup may return to
/// be waited for, as a thenable in ECMAScript.
///
/// Specialise it for a type of your own:
///
///     template <>
///     struct settle::adoption<my_future> {
///         using value_type = int;
///         static bool adopt(my_future&& f, settle::resolver<int> r);
///     };
///
/// `adopt` arranges for the resolver to be decided and returns true; it returns false when the
/// object is an ordinary value after all, and must then leave it as it was. What it throws
/// rejects. A dropped resolver rejects with `errc::broken_promise`.
///
/// Promises, `asio::awaitable` and deferred operations are adoptable without it.
///
/// Source: ECMA-262, 27.2.1.3.2 (Promise Resolve Functions) and 27.2.2.2
/// (NewPromiseResolveThenableJob).
template <class X>
struct adoption {};

namespace detail {

template <class X>
inline constexpr bool is_awaitable = false;

template <class T, class Executor>
inline constexpr bool is_awaitable<asio::awaitable<T, Executor>> = true;

template <class X>
concept has_adoption = requires { typename adoption<X>::value_type; };

// Decayed types only. A reference_wrapper, a pointer or a plain callable is no operation.
template <class X>
concept deferred_operation = !has_adoption<X> && !is_awaitable<X> && std::is_class_v<X> &&
                             asio::is_async_operation<X>::value;

template <class X>
concept adoptable = has_adoption<X> || is_awaitable<X> || deferred_operation<X>;

} // namespace detail

} // namespace settle
