// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/loop.hpp>

#include <functional>
#include <type_traits>

namespace settle::detail {

template <class X>
inline constexpr bool is_reference_wrapper = false;

template <class X>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<X>> = true;

/// The executor that one argument of a coroutine stands for: its own, where it is an executor, a
/// context, or has one (an I/O object, `*this`); or that of what it points to.
template <class Argument>
[[nodiscard]] auto executor_of_argument(Argument& argument)
{
    if constexpr (is_reference_wrapper<std::remove_cv_t<Argument>>)
        return executor_of_argument(argument.get());
    else if constexpr (requires { argument.get_executor(); }) // a context too
        return argument.get_executor();
    else if constexpr (requires { argument->get_executor(); })
        return argument->get_executor();
    else if constexpr (executor_or_context<Argument> && !execution_context_like<Argument>)
        return as_executor(argument);
    else
        return no_executor();
}

[[nodiscard]] inline no_executor executor_of_arguments() noexcept
{
    return {};
}

/// The executor of a coroutine: that of its first argument that has one. The closure of a lambda
/// has none.
template <class First, class... Rest>
[[nodiscard]] auto executor_of_arguments(First& first, Rest&... rest)
{
    if constexpr (!std::is_same_v<decltype(executor_of_argument(first)), no_executor>)
        return executor_of_argument(first);
    else
        return executor_of_arguments(rest...);
}

} // namespace settle::detail
