// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/callable.hpp>

#include <type_traits>

namespace settle::detail {

/// How a cleanup behaves, told from its type alone.
template <class Cleanup>
struct cleanup_traits {
    static_assert(callable_once<Cleanup>,
                  "settle: a finally cleanup takes no arguments; write then(on_value, on_error) "
                  "where the outcome is needed, or capture what the cleanup uses");

    using result = std::remove_cvref_t<call_once_result_t<Cleanup>>;

    // What it returns is waited for.
    static constexpr bool asynchronous = adoptable<result>;

    // It cannot change any outcome.
    static constexpr bool infallible =
        !asynchronous && noexcept(call_once(std::declval<Cleanup&>()));
};

template <>
struct cleanup_traits<std::nullptr_t> {
    using result = void;
    static constexpr bool asynchronous = false;
    static constexpr bool infallible = true;
};

/// Refuses finally(token, cleanup). Only where the cleanup is none is the token asked whether it
/// could be one: to ask instantiates a generic handler.
template <class Cleanup, class Token>
consteval void check_order()
{
    if constexpr (!callable_once<Cleanup> && !std::is_null_pointer_v<Cleanup>)
        static_assert(!callable_once<Token>,
                      "settle: the cleanup comes first, and takes no arguments; write "
                      "finally(cleanup, token)");
}

template <class Cleanup>
inline constexpr bool is_infallible = cleanup_traits<Cleanup>::infallible;

template <class Cleanup>
inline constexpr bool is_asynchronous = cleanup_traits<Cleanup>::asynchronous;

/// Runs a synchronous cleanup, ignoring what it returns and passing over an empty one.
template <class Cleanup>
void run_cleanup(Cleanup& cleanup) noexcept(is_infallible<Cleanup>)
{
    if constexpr (!std::is_null_pointer_v<Cleanup>) {
        if (!is_empty_callable(cleanup))
            static_cast<void>(call_once(cleanup));
    }
}

} // namespace settle::detail
