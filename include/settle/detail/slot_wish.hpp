// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/error_slot.hpp>
#include <settle/prefers_exception.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>

#include <type_traits>

namespace boost::asio {

template <class Token, class Executor>
class immediate_executor_binder;

template <class Token, class Clock, class WaitTraits>
class cancel_after_t;

template <class Token, class Clock, class WaitTraits, class Executor>
class cancel_after_timer;

template <class Token, class Clock, class WaitTraits>
class cancel_at_t;

template <class Token, class Clock, class WaitTraits, class Executor>
class cancel_at_timer;

} // namespace boost::asio

namespace settle::detail {

/// The token inside an adapter that passes a completion's arguments on as they are, and so passes
/// on what the token inside would like in the error slot. Not `as_tuple`, `redirect_error`,
/// `prepend`: behind those the slot is no longer the first argument.
template <class Token>
struct adapted_token {};

template <class Inner>
struct adapted_token_of {
    using type = Inner;

    template <class Adapter>
    static const Inner& get(const Adapter& adapter) noexcept
    {
        if constexpr (requires { adapter.get(); })
            return adapter.get();
        else
            return adapter.token_;
    }
};

template <class Token, class Executor>
struct adapted_token<boost::asio::executor_binder<Token, Executor>> : adapted_token_of<Token> {};

template <class Token, class Executor>
struct adapted_token<boost::asio::immediate_executor_binder<Token, Executor>>
    : adapted_token_of<Token> {};

template <class Token, class Allocator>
struct adapted_token<boost::asio::allocator_binder<Token, Allocator>> : adapted_token_of<Token> {};

template <class Token, class Slot>
struct adapted_token<boost::asio::cancellation_slot_binder<Token, Slot>> : adapted_token_of<Token> {
};

template <class Token, class... Values>
struct adapted_token<boost::asio::consign_t<Token, Values...>> : adapted_token_of<Token> {};

template <class Token, class... Values>
struct adapted_token<boost::asio::append_t<Token, Values...>> : adapted_token_of<Token> {};

template <class Token, class Clock, class WaitTraits>
struct adapted_token<boost::asio::cancel_after_t<Token, Clock, WaitTraits>>
    : adapted_token_of<Token> {};

template <class Token, class Clock, class WaitTraits, class Executor>
struct adapted_token<boost::asio::cancel_after_timer<Token, Clock, WaitTraits, Executor>>
    : adapted_token_of<Token> {};

template <class Token, class Clock, class WaitTraits>
struct adapted_token<boost::asio::cancel_at_t<Token, Clock, WaitTraits>> : adapted_token_of<Token> {
};

template <class Token, class Clock, class WaitTraits, class Executor>
struct adapted_token<boost::asio::cancel_at_timer<Token, Clock, WaitTraits, Executor>>
    : adapted_token_of<Token> {};

template <class Token>
concept adapts_token = requires { typename adapted_token<Token>::type; };

/// A token that wants settle's own slot; use_promise is the one.
template <class Token>
inline constexpr bool prefers_reason = false;

/// The slot that a token would like best. `yielded` is `exception` for a yield context, `code` the
/// same for one that has been given a place for an error_code; `code_inside` is for a finally
/// around another one, which does the packing.
enum class slot_wish { as_it_is, exception, whole_reason, yielded, code, code_inside };

template <class Token>
inline constexpr slot_wish wish_of = prefers_reason<Token>      ? slot_wish::whole_reason
                                     : prefers_exception<Token> ? slot_wish::exception
                                                                : slot_wish::as_it_is;

template <adapts_token Token>
inline constexpr slot_wish wish_of<Token> = wish_of<typename adapted_token<Token>::type>;

/// A yield context may carry an error_code: `yield[ec]` is of the same type as `yield`.
template <class Token>
inline constexpr bool may_carry_code = false;

template <class Executor>
inline constexpr bool may_carry_code<boost::asio::basic_yield_context<Executor>> = true;

template <adapts_token Token>
inline constexpr bool may_carry_code<Token> = may_carry_code<typename adapted_token<Token>::type>;

template <class Token>
    requires may_carry_code<Token>
[[nodiscard]] bool carries_code(const Token& token) noexcept
{
    if constexpr (adapts_token<Token>)
        return carries_code(adapted_token<Token>::get(token));
    else
        return token.ec_ != nullptr;
}

/// The slot in which downstream gets its error, given the operation's.
constexpr error_slot downstream_slot(error_slot from, bool infallible, slot_wish wish)
{
    if (infallible)
        return from;
    switch (wish) {
    case slot_wish::whole_reason:
        return error_slot::whole_reason;
    case slot_wish::exception:
        return error_slot::exception;
    case slot_wish::yielded:
        return error_slot::yielded;
    case slot_wish::code:
        if (from == error_slot::none || from == error_slot::code)
            return error_slot::code;
        return error_slot::yielded;
    case slot_wish::code_inside:
        if (from == error_slot::none || from == error_slot::code)
            return error_slot::code;
        return error_slot::exception;
    case slot_wish::as_it_is:
        break;
    }
    return from == error_slot::code || from == error_slot::whole_reason ? from
                                                                        : error_slot::exception;
}

} // namespace settle::detail
