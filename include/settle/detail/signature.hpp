// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/error_slot.hpp>
#include <settle/detail/slot_wish.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

template <class... Args>
using type_list = boost::mp11::mp_list<Args...>;

/// A completion signature taken apart. One that is qualified by `&` is a progress report: it says
/// how an operation goes along, any number of times.
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

template <class Signature>
using is_progress = std::bool_constant<signature_traits<Signature>::progress>;

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
        static auto choose()
        {
            if constexpr (to == error_slot::yielded)
                return std::type_identity<
                    typename traits::template rebind<yielded<std::decay_t<Values>...>>>();
            else
                return std::type_identity<
                    typename traits::template rebind<typename slot_type<to>::type, Values...>>();
        }

        using type = typename decltype(choose())::type;
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
template <slot_wish Wish, bool Infallible, class... Signatures>
using downstream_signatures = boost::mp11::mp_unique<
    type_list<typename downstream_signature<Signatures, Infallible, Wish>::type...>>;

/// How well the arguments of a call fit a signature.
enum class fit { no, converts, exact };

template <class Parameters, class Arguments>
inline constexpr fit fit_of = fit::no;

template <class... Parameters, class... Arguments>
    requires(sizeof...(Parameters) == sizeof...(Arguments))
inline constexpr fit fit_of<type_list<Parameters...>, type_list<Arguments...>> =
    (std::is_same_v<std::decay_t<Parameters>, std::decay_t<Arguments>> && ...) ? fit::exact
    : (std::is_convertible_v<Arguments, Parameters> && ...)                    ? fit::converts
                                                                               : fit::no;

/// The index of the signature that a call of a completion handler means: that which the arguments
/// fit best, the first of equals. Only a call of an lvalue can be a progress report, and where it
/// may be one, it is: operations that say so complete with an rvalue. What fits nothing is left to
/// the first that completes, and fails to compile there.
template <bool Lvalue, class Arguments, class... Signatures>
[[nodiscard]] consteval std::size_t meant_signature()
{
    constexpr fit fits[] = {fit_of<typename signature_traits<Signatures>::arguments, Arguments>...};
    constexpr bool progress[] = {signature_traits<Signatures>::progress...};
    for (const fit wanted : {fit::exact, fit::converts}) {
        for (const bool reports : {true, false}) {
            for (std::size_t i = 0; i != sizeof...(Signatures); ++i) {
                if (fits[i] == wanted && progress[i] == reports && (Lvalue || !reports))
                    return i;
            }
        }
    }
    for (std::size_t i = 0; i != sizeof...(Signatures); ++i) {
        if (!progress[i])
            return i;
    }
    return 0;
}

template <bool Lvalue, class Arguments, class... Signatures>
using meant_signature_t = boost::mp11::mp_at_c<type_list<Signatures...>,
                                               meant_signature<Lvalue, Arguments, Signatures...>()>;

/// Calls `f` with the arguments of a completion; where the signature declares an error slot and the
/// operation passed something that merely converts to it (an enumerator), converts it first.
template <class Signature, class F, class... Args>
void with_declared_slot(F&& f, Args&&... args)
{
    using arguments = typename signature_traits<Signature>::arguments;
    if constexpr (split_arguments<arguments>::slot != slot_of_arguments<Args...>) {
        using slot = std::remove_cvref_t<boost::mp11::mp_first<arguments>>;
        [&]<class First, class... Rest>(First&& first, Rest&&... rest) {
            std::forward<F>(f)(slot(std::forward<First>(first)), std::forward<Rest>(rest)...);
        }(std::forward<Args>(args)...);
    } else {
        std::forward<F>(f)(std::forward<Args>(args)...);
    }
}

template <class Handler, class Arguments>
inline constexpr bool takes = false;

template <class Handler, class... Args>
inline constexpr bool takes<Handler, type_list<Args...>> =
    std::is_invocable_v<Handler, Args...> || std::is_invocable_v<Handler&, Args...>;

/// Whether a handler can be called with what a signature says.
template <class Handler, class Signature>
inline constexpr bool accepts = takes<Handler, typename signature_traits<Signature>::arguments>;

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

/// That of an operation with several signatures.
template <class... Signatures>
struct common_result_value {
    using completions = boost::mp11::mp_remove_if<type_list<Signatures...>, is_progress>;
    using values = boost::mp11::mp_unique<boost::mp11::mp_transform<result_value_t, completions>>;
    static_assert(
        boost::mp11::mp_size<values>::value == 1,
        "settle: this operation completes with different values at different times, which "
        "one promise cannot hold; write a completion handler instead of use_promise");
    using type = boost::mp11::mp_first<values>;
};

template <class... Signatures>
using common_result_value_t = typename common_result_value<Signatures...>::type;

} // namespace settle::detail
