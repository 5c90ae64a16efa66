// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/callable.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/finally_initiation.hpp>
#include <settle/detail/finally_token.hpp>
#include <settle/detail/signature.hpp>
#include <settle/detail/slot_wish.hpp>

#include <boost/asio/async_result.hpp>

#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

// What the token inside would like best decides; a nested finally hands the wish on.
template <class Cleanup, class Token>
struct adapted_token<finally_t<Cleanup, Token>> {
    using type = Token;

    static const Token& get(const finally_t<Cleanup, Token>& adapter) noexcept
    {
        return adapter.token();
    }
};

template <class Token>
inline constexpr bool contains_finally = false;

template <adapts_token Token>
inline constexpr bool contains_finally<Token> =
    contains_finally<typename adapted_token<Token>::type>;

template <class Cleanup, class Token>
inline constexpr bool contains_finally<finally_t<Cleanup, Token>> = true;

template <class Token, class List>
struct async_result_of;

template <class Token, class... Signatures>
struct async_result_of<Token, type_list<Signatures...>> {
    using type = asio::async_result<Token, Signatures...>;

    template <class RawToken, class Initiation, class... Args>
    static auto initiate(Initiation&& initiation, RawToken& token, Args&&... args)
        -> decltype(asio::async_initiate<RawToken, Signatures...>(
            std::forward<Initiation>(initiation), token, std::forward<Args>(args)...))
    {
        return asio::async_initiate<RawToken, Signatures...>(std::forward<Initiation>(initiation),
                                                             token, std::forward<Args>(args)...);
    }
};

/// A token that is nothing but a completion handler, of which it can be told what it takes.
template <class Token, class AsyncResult>
concept plain_handler =
    !std::is_void_v<parameters_of_t<Token>> && std::is_void_v<typename AsyncResult::return_type>;

/// Says in a sentence that a completion handler does not fit. Where the class is instantiated,
/// since a function would drop out of overload resolution without a word.
template <class Handler, class Change>
struct checked_handler {
    static constexpr bool fits = accepts<Handler, typename Change::type>;
    static constexpr bool slot_is_new =
        Change::from != Change::to &&
        (Change::from == error_slot::none || Change::from == error_slot::disposition);
    static_assert(
        fits || !slot_is_new,
        "settle: this cleanup can fail, and the operation has no error_code to say so in: "
        "take a std::exception_ptr as the handler's first argument, before the "
        "operation's values, or make the cleanup noexcept");
    static_assert(fits || slot_is_new,
                  "settle: the completion handler does not take what the operation completes with; "
                  "give it the parameters of the operation's completion signature");
};

/// Starts an operation with `Wish` for its error slot.
template <class Cleanup, class Token, slot_wish Wish, class... Signatures>
struct finally_start {
    using downstream =
        async_result_of<Token, downstream_signatures<Wish, is_infallible<Cleanup>, Signatures...>>;

    template <class Initiation>
    using adapted = finally_initiation<std::decay_t<Initiation>, Cleanup, Wish, Signatures...>;

    // As const as the raw token, and an lvalue where that is one, so that it is not moved from.
    template <class RawToken>
    using maybe_const =
        std::conditional_t<std::is_const_v<std::remove_reference_t<RawToken>>, const Token, Token>;

    template <class RawToken>
    using inner = std::conditional_t<std::is_lvalue_reference_v<RawToken>, maybe_const<RawToken>&,
                                     maybe_const<RawToken>>;

    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
        -> decltype(downstream::template initiate<inner<RawToken>>(
            std::declval<adapted<Initiation>>(), std::declval<inner<RawToken>&>(),
            std::forward<Args>(args)...))
    {
        static_assert(
            std::is_constructible_v<Cleanup, decltype(std::declval<RawToken&&>().cleanup())>,
            "settle: a token that is not given away is copied with its cleanup, and this one "
            "cannot "
            "be copied; write std::move(token), or start the operation as an rvalue");
        return downstream::template initiate<inner<RawToken>>(
            adapted<Initiation>(std::forward<Initiation>(initiation),
                                std::forward<RawToken>(token).cleanup(), token.where()),
            token.token(), std::forward<Args>(args)...);
    }
};

/// What a yield context returns for the values of a completion.
template <class... Values>
auto yield_result(std::tuple<Values...>&& values)
{
    if constexpr (sizeof...(Values) == 1)
        return std::get<0>(std::move(values));
    else if constexpr (sizeof...(Values) > 1)
        return std::move(values);
}

/// Takes apart what was waited for in place of an exception_ptr and values.
template <class... Values>
auto unpack_yielded(yielded<Values...>&& result)
{
    if (result.failure)
        std::rethrow_exception(std::move(result.failure));
    return yield_result(std::move(result.values));
}

// Behind append(), with the values that it has added.
template <class... Values, class... Appended>
auto unpack_yielded(std::tuple<yielded<Values...>, Appended...>&& results)
{
    return std::apply(
        [](yielded<Values...>& result, Appended&... appended) {
            if (result.failure)
                std::rethrow_exception(std::move(result.failure));
            return yield_result(std::tuple_cat(std::move(result.values),
                                               std::tuple<Appended...>(std::move(appended)...)));
        },
        results);
}

/// Starts an operation with a yield context. One that carries an error_code is of the same type as
/// one that does not: which it is decides here what it completes with (S6).
template <class Cleanup, class Token, class... Signatures>
struct finally_yield {
    template <slot_wish Wish>
    using start = finally_start<Cleanup, Token, Wish, Signatures...>;

    // With another finally inside, that one packs.
    static constexpr bool innermost = !contains_finally<Token>;
    static constexpr auto for_exception = innermost ? slot_wish::yielded : slot_wish::exception;
    static constexpr auto for_code = innermost ? slot_wish::code : slot_wish::code_inside;

    using downstream = typename start<for_exception>::downstream;

    template <slot_wish Wish>
    static constexpr bool packs =
        ((downstream_signature<Signatures, is_infallible<Cleanup>, Wish>::to ==
          error_slot::yielded) ||
         ...);

    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
    {
        const auto go = [&]<slot_wish Wish>(std::integral_constant<slot_wish, Wish>) {
            const auto run = [&] {
                return start<Wish>::initiate(std::forward<Initiation>(initiation),
                                             std::forward<RawToken>(token),
                                             std::forward<Args>(args)...);
            };
            if constexpr (packs<Wish>)
                return unpack_yielded(run());
            else
                return run();
        };
        if (carries_code(token.token()))
            return go(std::integral_constant<slot_wish, for_code>());
        return go(std::integral_constant<slot_wish, for_exception>());
    }
};

template <class Cleanup, class Token, class... Signatures>
using finally_start_for =
    std::conditional_t<may_carry_code<Token>, finally_yield<Cleanup, Token, Signatures...>,
                       finally_start<Cleanup, Token, wish_of<Token>, Signatures...>>;

} // namespace settle::detail

template <class Cleanup, class Token, class... Signatures>
struct boost::asio::async_result<settle::finally_t<Cleanup, Token>, Signatures...>
    : settle::detail::finally_start_for<Cleanup, Token, Signatures...>::downstream::type {
private:
    using start = settle::detail::finally_start_for<Cleanup, Token, Signatures...>;

    static consteval void check_handler()
    {
        using namespace settle::detail;
        if constexpr (plain_handler<Token, typename start::downstream::type>)
            (static_cast<void>(sizeof(
                 checked_handler<Token, downstream_signature<Signatures, is_infallible<Cleanup>,
                                                             wish_of<Token>>>)),
             ...);
    }

    static_assert((check_handler(), true));

public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
        -> decltype(start::initiate(std::forward<Initiation>(initiation),
                                    std::forward<RawToken>(token), std::forward<Args>(args)...))
    {
        return start::initiate(std::forward<Initiation>(initiation), std::forward<RawToken>(token),
                               std::forward<Args>(args)...);
    }
};
