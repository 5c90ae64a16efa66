// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/callable.hpp>
#include <settle/reason.hpp>

#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <system_error>
#include <type_traits>

namespace settle::detail {

/// What a rejection handler wants to be called with.
enum class wanted {
    whole_reason,
    exception_pointer,
    code,
    typed_exception,
};

template <class Parameter>
constexpr wanted wanted_by()
{
    using bare = std::remove_cvref_t<Parameter>;
    if constexpr (std::is_void_v<Parameter> || std::same_as<bare, reason>)
        return wanted::whole_reason;
    else if constexpr (std::same_as<bare, std::exception_ptr>)
        return wanted::exception_pointer;
    else if constexpr (std::same_as<bare, error_code>)
        return wanted::code;
    else
        return wanted::typed_exception;
}

/// What a rejection handler is called with. `Explicit` is that of catch_<E>(g); otherwise a handler
/// with one known parameter says it itself, and a generic one gets the reason.
template <class G, class Explicit>
struct rejection_argument {
    using parameter = std::conditional_t<std::is_void_v<Explicit>, only_parameter_t<G>, Explicit>;
    static constexpr wanted what = wanted_by<parameter>();

    static_assert(
        what != wanted::typed_exception ||
            (!std::is_enum_v<std::remove_cvref_t<parameter>> &&
             !std::is_same_v<std::remove_cvref_t<parameter>, std::error_code>),
        "settle: a rejection handler for codes takes a boost::system::error_code; compare "
        "it with the enumerator or the std::error_code inside");

    static auto choose()
    {
        if constexpr (what == wanted::whole_reason)
            return std::type_identity<const reason&>();
        else if constexpr (what == wanted::exception_pointer)
            return std::type_identity<std::exception_ptr>();
        else if constexpr (what == wanted::code)
            return std::type_identity<error_code>();
        else
            return std::type_identity<std::remove_cvref_t<parameter>&>();
    }

    using type = typename decltype(choose())::type;
};

/// Whether a handler can be called as a rejection handler.
template <class G, class Explicit = void>
inline constexpr bool handles_rejection =
    callable_once<G, typename rejection_argument<G, Explicit>::type>;

template <class G, class Explicit>
using rejection_handler_result_t =
    call_once_result_t<G, typename rejection_argument<G, Explicit>::type>;

/// Whether an exception of this type may be the one that a code turns into.
template <class E>
inline constexpr bool catches_codes = std::derived_from<boost::system::system_error, E>;

} // namespace settle::detail
