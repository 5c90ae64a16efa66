// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The callable behind bind_executor and its siblings.
template <class F>
struct unbound {
    using type = F;
};

template <class F, class Executor>
struct unbound<boost::asio::executor_binder<F, Executor>> : unbound<F> {};

template <class F, class Allocator>
struct unbound<boost::asio::allocator_binder<F, Allocator>> : unbound<F> {};

template <class F, class Slot>
struct unbound<boost::asio::cancellation_slot_binder<F, Slot>> : unbound<F> {};

template <class F>
struct unbound<std::reference_wrapper<F>> : unbound<F> {};

template <class F>
using unbound_t = typename unbound<F>::type;

/// A callable that can be empty: a function pointer, std::function, std::move_only_function.
template <class F>
[[nodiscard]] constexpr bool is_empty_callable(const F& f) noexcept
{
    if constexpr (!std::is_same_v<unbound_t<F>, F>)
        return is_empty_callable(f.get());
    else if constexpr (std::is_null_pointer_v<F>)
        return true;
    else if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F>)
        return f == nullptr;
    else if constexpr (requires { f.operator bool(); })
        return !f.operator bool();
    else
        return false;
}

template <class... Parameters>
struct parameter_list {
    static constexpr std::size_t size = sizeof...(Parameters);
};

/// The parameters of a callable that has just one call operator; `void` for one with a template or
/// with overloads.
template <class F>
struct parameters_of_member {
    using type = void;
};

#define SETTLE_DETAIL_PARAMETERS(QUALIFIERS)                                                       \
    template <class R, class C, class... Ps>                                                       \
    struct parameters_of_member<R (C::*)(Ps...) QUALIFIERS> {                                      \
        using type = parameter_list<Ps...>;                                                        \
    };
SETTLE_DETAIL_PARAMETERS()
SETTLE_DETAIL_PARAMETERS(const)
SETTLE_DETAIL_PARAMETERS(&)
SETTLE_DETAIL_PARAMETERS(const&)
SETTLE_DETAIL_PARAMETERS(&&)
SETTLE_DETAIL_PARAMETERS(noexcept)
SETTLE_DETAIL_PARAMETERS(const noexcept)
SETTLE_DETAIL_PARAMETERS(& noexcept)
SETTLE_DETAIL_PARAMETERS(const& noexcept)
SETTLE_DETAIL_PARAMETERS(&& noexcept)
#undef SETTLE_DETAIL_PARAMETERS

template <class F>
struct parameters_of {
    using type = void;
};

template <class F>
    requires requires { &F::operator(); }
struct parameters_of<F> : parameters_of_member<decltype(&F::operator())> {};

template <class R, class... Ps>
struct parameters_of<R (*)(Ps...)> {
    using type = parameter_list<Ps...>;
};

template <class R, class... Ps>
struct parameters_of<R (*)(Ps...) noexcept> {
    using type = parameter_list<Ps...>;
};

// std::function names its signature, whatever its call operator looks like.
template <class R, class... Ps>
struct parameters_of<std::function<R(Ps...)>> {
    using type = parameter_list<Ps...>;
};

template <class F>
using parameters_of_t = typename parameters_of<unbound_t<F>>::type;

/// The type of a callable's one parameter, `void` where it cannot be told.
template <class List>
struct only_parameter {
    using type = void;
};

template <class P>
struct only_parameter<parameter_list<P>> {
    using type = P;
};

template <class F>
using only_parameter_t = typename only_parameter<parameters_of_t<F>>::type;

/// Calls with the stored callable as an lvalue, or as an rvalue where only that compiles.
template <class F, class... Args>
concept callable_once = std::invocable<F&, Args...> || std::invocable<F, Args...>;

template <class F, class... Args>
    requires callable_once<F, Args...>
decltype(auto) call_once(F& f,
                         Args&&... args) noexcept(std::invocable<F&, Args...>
                                                      ? std::is_nothrow_invocable_v<F&, Args...>
                                                      : std::is_nothrow_invocable_v<F, Args...>)
{
    if constexpr (std::invocable<F&, Args...>)
        return std::invoke(f, std::forward<Args>(args)...);
    else
        return std::invoke(std::move(f), std::forward<Args>(args)...);
}

template <class F, class... Args>
using call_once_result_t = decltype(call_once(std::declval<F&>(), std::declval<Args>()...));

} // namespace settle::detail
