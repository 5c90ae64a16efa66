// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace boost::asio {

template <class Executor>
struct use_awaitable_t;

template <class Allocator>
class use_future_t;

template <class Executor>
class basic_yield_context;

namespace experimental {

template <class Allocator>
struct use_coro_t;

} // namespace experimental

} // namespace boost::asio

namespace settle {

/// Opts a completion token in to receiving whole exceptions: specialise it as true for a token that
/// turns errors into exceptions anyway, and `finally` gives its handlers a `std::exception_ptr`
/// in place of an `error_code`, so that the cleanup's own exception arrives with its type.
///
/// Adapters that pass arguments on as they are (`bind_executor` and its siblings, `consign`,
/// `append`, `cancel_after`) follow the token inside.
template <class Token>
inline constexpr bool prefers_exception = false;

template <class Executor>
inline constexpr bool prefers_exception<boost::asio::use_awaitable_t<Executor>> = true;

template <class Allocator>
inline constexpr bool prefers_exception<boost::asio::use_future_t<Allocator>> = true;

/// Unless it carries an error_code, as `yield[ec]`: that is seen when the operation starts.
template <class Executor>
inline constexpr bool prefers_exception<boost::asio::basic_yield_context<Executor>> = true;

template <class Allocator>
inline constexpr bool prefers_exception<boost::asio::experimental::use_coro_t<Allocator>> = true;

} // namespace settle
