// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// An executor whose I/O objects have Token as their default completion token.
template <class InnerExecutor, class Token>
struct executor_with_default_token : InnerExecutor {
    using default_completion_token_type = Token;

    template <class Other>
        requires(!std::same_as<Other, executor_with_default_token> &&
                 std::convertible_to<const Other&, InnerExecutor>)
    executor_with_default_token(const Other& executor) noexcept
        : InnerExecutor(executor)
    {
    }
};

/// What Asio's tokens have for becoming the default of an I/O object. A base, empty.
template <class Token>
struct default_token {
    /// Adapts an executor to have this token as its default.
    template <class InnerExecutor>
    using executor_with_default = executor_with_default_token<InnerExecutor, Token>;

    /// The type of I/O object that has this token as its default.
    template <class Object>
    using as_default_on_t = typename Object::template rebind_executor<
        executor_with_default<typename Object::executor_type>>::other;

    /// Adapts an I/O object to have this token as its default.
    template <class Object>
    static as_default_on_t<std::decay_t<Object>> as_default_on(Object&& object)
    {
        return as_default_on_t<std::decay_t<Object>>(std::forward<Object>(object));
    }
};

} // namespace settle::detail
