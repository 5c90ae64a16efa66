// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/associated_executor.hpp>

#include <type_traits>

namespace boost::asio::detail {

template <typename T, typename Blocking>
class promise_executor;

} // namespace boost::asio::detail

namespace settle::detail {

/// Stands for the executor of a handler that has none. Asio's own tag for that is lost behind the
/// binders of older releases.
struct absent_executor {
    template <class F>
    void execute(F&&) const noexcept
    {
    }

    friend bool operator==(absent_executor, absent_executor) noexcept = default;
};

template <class Executor>
inline constexpr bool is_future_executor = false;

template <class T, class Blocking>
inline constexpr bool is_future_executor<boost::asio::detail::promise_executor<T, Blocking>> = true;

template <class Handler>
using own_executor_t =
    std::decay_t<typename boost::asio::associated_executor<Handler, absent_executor>::type>;

/// A handler that has an executor of its own. That of use_future is none: it is a way to pass
/// exceptions to the future, and would take the call to the threads of the system.
template <class Handler>
concept has_associated_executor = !std::is_same_v<own_executor_t<Handler>, absent_executor> &&
                                  !is_future_executor<own_executor_t<Handler>>;

} // namespace settle::detail
