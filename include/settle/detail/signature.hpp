// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/reason.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>

namespace boost::asio {

template <class Executor>
struct use_awaitable_t;

template <class Allocator>
class use_future_t;

} // namespace boost::asio

namespace settle {

/// Opts a completion token in to receiving whole exceptions: specialise it as true for a token that
/// turns errors into exceptions anyway, and `finally` gives its handlers a `std::exception_ptr`
/// in place of an `error_code`, so that the cleanup's own exception arrives with its type.
template <class Token>
inline constexpr bool prefers_exception = false;

template <class Executor>
inline constexpr bool prefers_exception<boost::asio::use_awaitable_t<Executor>> = true;

template <class Allocator>
inline constexpr bool prefers_exception<boost::asio::use_future_t<Allocator>> = true;

namespace detail {

/// What the first argument of a completion says about failure.
enum class error_slot {
    none,
    code,
    exception,
    // std::optional<reason>: between settle's own parts, so that nothing need be converted.
    whole_reason,
};

template <class First>
inline constexpr error_slot slot_of = error_slot::none;

template <>
inline constexpr error_slot slot_of<error_code> = error_slot::code;

template <>
inline constexpr error_slot slot_of<std::exception_ptr> = error_slot::exception;

template <>
inline constexpr error_slot slot_of<std::optional<reason>> = error_slot::whole_reason;

/// What a slot says, as a reason; nothing for success.
inline std::optional<reason> reason_in_slot(const error_code& code) noexcept
{
    return code ? std::optional<reason>(code) : std::nullopt;
}

inline std::optional<reason> reason_in_slot(const std::exception_ptr& exception) noexcept
{
    return exception ? std::optional<reason>(exception) : std::nullopt;
}

inline std::optional<reason> reason_in_slot(std::optional<reason> why) noexcept
{
    return why;
}

template <class... Args>
inline constexpr error_slot slot_of_arguments = error_slot::none;

template <class First, class... Rest>
inline constexpr error_slot slot_of_arguments<First, Rest...> = slot_of<std::remove_cvref_t<First>>;

/// A token that wants settle's own slot; use_promise is the one.
template <class Token>
inline constexpr bool prefers_reason = false;

/// The slot that a token would like best where the operation has an error_code.
enum class slot_wish { as_it_is, exception, whole_reason };

template <class Token>
inline constexpr slot_wish wish_of = prefers_reason<Token>      ? slot_wish::whole_reason
                                     : prefers_exception<Token> ? slot_wish::exception
                                                                : slot_wish::as_it_is;

// Adapters that pass the arguments on as they are pass the wish on too.
template <class Token, class Executor>
inline constexpr slot_wish wish_of<boost::asio::executor_binder<Token, Executor>> = wish_of<Token>;

template <class Token, class Allocator>
inline constexpr slot_wish wish_of<boost::asio::allocator_binder<Token, Allocator>> =
    wish_of<Token>;

template <class Token, class Slot>
inline constexpr slot_wish wish_of<boost::asio::cancellation_slot_binder<Token, Slot>> =
    wish_of<Token>;

template <class Token, class... Values>
inline constexpr slot_wish wish_of<boost::asio::consign_t<Token, Values...>> = wish_of<Token>;

template <class Token, class... Values>
inline constexpr slot_wish wish_of<boost::asio::append_t<Token, Values...>> = wish_of<Token>;

/// The slot in which downstream gets its error, given the operation's.
constexpr error_slot downstream_slot(error_slot from, bool infallible, slot_wish wish)
{
    if (infallible)
        return from;
    if (wish == slot_wish::whole_reason)
        return error_slot::whole_reason;
    if (from == error_slot::none)
        return error_slot::exception;
    if (from == error_slot::code && wish == slot_wish::exception)
        return error_slot::exception;
    return from;
}

template <class... Args>
using type_list = boost::mp11::mp_list<Args...>;

/// A completion signature taken apart.
template <class Signature>
struct signature_traits;

#define SETTLE_DETAIL_SIGNATURE(QUALIFIERS, PROGRESS)                                              \
    template <class R, class... Args>                                                              \
    struct signature_traits<R(Args...) QUALIFIERS> {                                               \
        using arguments = type_list<Args...>;                                                      \
        static constexpr bool progress = PROGRESS;                                                 \
        template <class... New>                                                                    \
        using rebind = R(New...) QUALIFIERS;                                                       \
    };
SETTLE_DETAIL_SIGNATURE(, false)
SETTLE_DETAIL_SIGNATURE(&&, false)
SETTLE_DETAIL_SIGNATURE(noexcept, false)
SETTLE_DETAIL_SIGNATURE(&& noexcept, false)
SETTLE_DETAIL_SIGNATURE(&, true)
SETTLE_DETAIL_SIGNATURE(& noexcept, true)
#undef SETTLE_DETAIL_SIGNATURE

template <error_slot Slot>
struct slot_type;

template <>
struct slot_type<error_slot::code> {
    using type = error_code;
};

template <>
struct slot_type<error_slot::exception> {
    using type = std::exception_ptr;
};

template <>
struct slot_type<error_slot::whole_reason> {
    using type = std::optional<reason>;
};

template <class Arguments>
struct split_arguments;

template <>
struct split_arguments<type_list<>> {
    static constexpr error_slot slot = error_slot::none;
    using values = type_list<>;
};

template <class First, class... Rest>
struct split_arguments<type_list<First, Rest...>> {
    static constexpr error_slot slot = slot_of<std::remove_cvref_t<First>>;
    using values =
        std::conditional_t<slot == error_slot::none, type_list<First, Rest...>, type_list<Rest...>>;
};

/// The signature that downstream is given for one of the operation's.
template <class Signature, bool Infallible, slot_wish Wish>
struct downstream_signature {
    using traits = signature_traits<Signature>;
    using split = split_arguments<typename traits::arguments>;
    static constexpr error_slot from = split::slot;
    static constexpr error_slot to =
        traits::progress ? from : downstream_slot(from, Infallible, Wish);

    template <class List>
    struct rebuild;

    template <class... Values>
    struct rebuild<type_list<Values...>> {
        using type = typename traits::template rebind<typename slot_type<to>::type, Values...>;
    };

    static auto choose()
    {
        if constexpr (from == to)
            return std::type_identity<Signature>();
        else
            return std::type_identity<typename rebuild<typename split::values>::type>();
    }

    using type = typename decltype(choose())::type;
};

/// All of them, without duplicates.
template <class Token, bool Infallible, class... Signatures>
using downstream_signatures = boost::mp11::mp_unique<
    type_list<typename downstream_signature<Signatures, Infallible, wish_of<Token>>::type...>>;

/// The value type of the promise that an operation's result becomes: none, one, or a tuple.
template <class Values>
struct result_value {
    using type =
        boost::mp11::mp_rename<boost::mp11::mp_transform<std::decay_t, Values>, std::tuple>;
};

template <>
struct result_value<type_list<>> {
    using type = void;
};

template <class T>
struct result_value<type_list<T>> {
    using type = std::decay_t<T>;
};

template <class Signature>
using result_value_t = typename result_value<
    typename split_arguments<typename signature_traits<Signature>::arguments>::values>::type;

} // namespace detail

} // namespace settle
