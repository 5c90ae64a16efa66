// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/prefers_exception.hpp>

#include <string_view>
#include <type_traits>

namespace boost::cobalt {

struct use_op_t;

} // namespace boost::cobalt

namespace settle::detail {

// GCC before 13 destroys a temporary in a co_await expression twice when it is a lambda or an
// aggregate (tried: 12.2 does, 13.3, 14.2 and 16.2 do not), in plain Asio too. What can be seen of
// it is refused there.

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13

inline constexpr bool destroys_temporaries_twice = true;

// "[with X = f()::<lambda()>]".
template <class X>
[[nodiscard]] consteval bool is_closure() noexcept
{
    const std::string_view name = __PRETTY_FUNCTION__;
    return name.find("<lambda(") != std::string_view::npos && name.ends_with(")>]");
}

#else

inline constexpr bool destroys_temporaries_twice = false;

template <class X>
[[nodiscard]] consteval bool is_closure() noexcept
{
    return false;
}

#endif

/// Of the type of a forwarding reference's argument: destroyed twice if it is a temporary in a
/// co_await expression.
template <class X>
[[nodiscard]] consteval bool is_destroyed_twice() noexcept
{
    if constexpr (!destroys_temporaries_twice || std::is_lvalue_reference_v<X> ||
                  std::is_trivially_destructible_v<X>)
        return false;
    else if constexpr (requires { typename std::remove_cvref_t<X>::decorated_cleanup; })
        return is_destroyed_twice<typename std::remove_cvref_t<X>::decorated_cleanup>();
    else
        return is_closure<std::remove_cvref_t<X>>() || std::is_aggregate_v<std::remove_cvref_t<X>>;
}

/// A completion token whose operation is awaited, in whatever adapters.
template <class Token>
inline constexpr bool is_coroutine_token = false;

template <template <class...> class Adapter, class... Parts>
inline constexpr bool is_coroutine_token<Adapter<Parts...>> = (is_coroutine_token<Parts> || ...);

template <class Executor>
inline constexpr bool is_coroutine_token<boost::asio::use_awaitable_t<Executor>> = true;

template <class Allocator>
inline constexpr bool is_coroutine_token<boost::asio::experimental::use_coro_t<Allocator>> = true;

template <>
inline constexpr bool is_coroutine_token<boost::cobalt::use_op_t> = true;

/// Says so in a sentence. `Refused` where a cleanup that is destroyed twice meets a coroutine.
template <bool Refused>
consteval void check_temporary_cleanup()
{
    static_assert(!Refused,
                  "settle: GCC before 13 destroys a lambda twice that has a destructor to call and "
                  "is a temporary in a co_await expression; name the lambda and pass it as an "
                  "lvalue, capture by reference, or write two statements: auto operation = "
                  "start(asio::deferred) | finally(cleanup); co_await "
                  "std::move(operation)(asio::use_awaitable);");
}

} // namespace settle::detail
