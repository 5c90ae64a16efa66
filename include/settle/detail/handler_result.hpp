// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/callable.hpp>
#include <settle/outcome.hpp>

#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace settle::detail {

/// The value type of the promise that a handler's result settles: adoptables and outcomes are seen
/// through, however deeply nested, so there is no promise of a promise.
template <class Result>
struct flattened {
    using type = Result;
};

template <class Result, class Value>
struct flattened_adoption : flattened<Value> {};

template <class Result>
struct flattened_adoption<Result, Result> {
    static_assert(!std::is_same_v<Result, Result>,
                  "settle: an adoptable's value_type must be another type than the adoptable");
};

template <adoptable Result>
struct flattened<Result>
    : flattened_adoption<Result, std::remove_cvref_t<adopted_value_t<Result>>> {};

template <class T>
struct flattened<outcome<T>> : flattened<T> {};

template <class Result>
using flattened_t = typename flattened<std::remove_cvref_t<Result>>::type;

/// Whether what a handler returns may have to be waited for.
template <class Result>
inline constexpr bool is_adopted = adoptable<Result>;

template <class T>
inline constexpr bool is_adopted<outcome<T>> = is_adopted<T>;

template <class T>
inline constexpr bool is_tuple = false;

template <class... Ts>
inline constexpr bool is_tuple<std::tuple<Ts...>> = true;

template <class F, class Tuple>
struct applies : std::false_type {};

template <class F, class... Ts>
struct applies<F, std::tuple<Ts...>> : std::bool_constant<callable_once<F, Ts...>> {};

template <class F, class... Ts>
struct applies<F, const std::tuple<Ts...>&> : std::bool_constant<callable_once<F, const Ts&...>> {};

template <class F, class Argument>
inline constexpr bool takes_value = callable_once<F, Argument>;

template <class F>
inline constexpr bool takes_value<F, void> = callable_once<F>;

/// Whether a handler can be called with a promise's value, or with the elements of a tuple. The
/// argument is a `T`, or for a shared promise a `const T&`.
template <class F, class Argument>
inline constexpr bool handles_value = takes_value<F, Argument> || applies<F, Argument>::value;

template <class Argument, class F, class Value>
decltype(auto) call_with_value(F& f, Value&& value)
{
    if constexpr (std::is_void_v<Argument>)
        return call_once(f);
    else if constexpr (takes_value<F, Argument>)
        return call_once(f, std::forward<Value>(value));
    else
        return std::apply(
            [&]<class... Ts>(Ts&&... elements) -> decltype(auto) {
                return call_once(f, std::forward<Ts>(elements)...);
            },
            std::forward<Value>(value));
}

template <class F, class Argument>
using value_handler_result_t = decltype(call_with_value<Argument>(
    std::declval<F&>(),
    std::declval<std::conditional_t<std::is_void_v<Argument>, std::monostate, Argument>>()));

} // namespace settle::detail
