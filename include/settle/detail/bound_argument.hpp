// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/is_executor.hpp>

#if __has_include(<boost/asio/detail/initiation_base.hpp>)
#include <boost/asio/detail/initiation_base.hpp>
#endif

#include <concepts>
#include <cstddef>
#include <source_location>
#include <string_view>
#include <type_traits>

namespace settle::detail {

// Asio's binders (bind_executor and its siblings) wrap the initiation of the operation. In older
// releases the wrapper keeps what it binds as a member; in newer ones it derives from
// initiation_base, and what it binds is handed to its call, before the operation's own arguments.

inline constexpr std::size_t no_argument = static_cast<std::size_t>(-1);

/// The initiation inside a wrapper of the newer kind, void where there is none. One that binds
/// nothing hands all arguments on.
template <class Initiation>
struct wrapped_initiation {
    using type = void;
    static constexpr bool binds = false;
};

template <class Initiation>
    requires requires { typename Initiation::wrapped_initiation_type; }
struct wrapped_initiation<Initiation> {
    using type = typename Initiation::wrapped_initiation_type;
    static constexpr bool binds = false;
};

#if __has_include(<boost/asio/detail/initiation_base.hpp>)
template <template <class> class Wrapper, class Inner>
    requires std::derived_from<Wrapper<Inner>, boost::asio::detail::initiation_base<Inner>>
struct wrapped_initiation<Wrapper<Inner>> {
    using type = Inner;
    static constexpr bool binds = true;
};
#endif

template <class Initiation>
inline constexpr bool is_wrapper = !std::is_void_v<typename wrapped_initiation<Initiation>::type>;

/// The adapter that a wrapper belongs to, by name: its type is a member of async_result<adapter>,
/// and neither can be deduced from it.
template <class Wrapper>
[[nodiscard]] consteval std::string_view adapter_name()
{
    std::string_view name = std::source_location::current().function_name();
    constexpr std::string_view before = "async_result<";
    if (const auto found = name.find(before); found != name.npos)
        name.remove_prefix(found + before.size());
    return name.substr(0, name.find('<'));
}

template <class X>
inline constexpr bool is_executor_argument =
    boost::asio::is_executor<X>::value || boost::asio::execution::is_executor<X>::value;

/// Where among the initiation arguments bind_executor's executor is. One that belongs to
/// bind_immediate_executor is passed over.
template <class Initiation, class... Args>
[[nodiscard]] consteval std::size_t bound_executor_argument(std::size_t from = 0)
{
    if constexpr (is_wrapper<Initiation>) {
        constexpr bool executors[] = {is_executor_argument<Args>..., false};
        using inner = typename wrapped_initiation<Initiation>::type;
        constexpr auto name = adapter_name<Initiation>();
        if (wrapped_initiation<Initiation>::binds && name.ends_with("executor_binder")) {
            while (from < sizeof...(Args) && !executors[from])
                ++from;
            if (from == sizeof...(Args))
                return no_argument;
            if (!name.ends_with("immediate_executor_binder"))
                return from;
            ++from;
        }
        return bound_executor_argument<inner, Args...>(from);
    } else {
        return no_argument;
    }
}

/// Where among them bind_cancellation_slot's slot is.
template <class Initiation, class... Args>
[[nodiscard]] consteval std::size_t bound_slot_argument()
{
    if constexpr (is_wrapper<Initiation>) {
        using inner = typename wrapped_initiation<Initiation>::type;
        if (!wrapped_initiation<Initiation>::binds ||
            !adapter_name<Initiation>().ends_with("cancellation_slot_binder"))
            return bound_slot_argument<inner, Args...>();
        constexpr bool slots[] = {std::is_same_v<Args, boost::asio::cancellation_slot>..., false};
        for (std::size_t i = 0; i != sizeof...(Args); ++i) {
            if (slots[i])
                return i;
        }
    }
    return no_argument;
}

} // namespace settle::detail
