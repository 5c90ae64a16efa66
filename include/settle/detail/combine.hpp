// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/combination.hpp>
#include <settle/detail/combination_rules.hpp>
#include <settle/detail/combined_inputs.hpp>
#include <settle/detail/consume.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/fwd.hpp>

#include <exception>
#include <iterator>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace settle::detail {

// From the arguments of a combinator to its combination.

template <class X>
inline constexpr bool is_promise = false;
template <class T, class Executor>
inline constexpr bool is_promise<promise<T, Executor>> = true;

template <class X>
inline constexpr bool is_shared_promise = false;
template <class T, class Executor>
inline constexpr bool is_shared_promise<shared_promise<T, Executor>> = true;

template <class X>
concept combinable =
    is_promise<std::remove_cvref_t<X>> || is_shared_promise<std::remove_cvref_t<X>>;

/// May be taken: what a combinator waits for is given up, unless it is shared.
template <class X>
concept given_up_or_shared = is_shared_promise<std::remove_cvref_t<X>> ||
                             (!std::is_lvalue_reference_v<X> && !std::is_const_v<X>);

/// Makes a combination of handles that are attached now, and the promise of its result.
template <class Rule, class Given, class Executor, class... Handles>
auto combine(const loop<Executor>& home, losers rest, const std::source_location& where,
             Handles&... handles)
{
    using node = combination<Rule, Given, Executor>;
    auto* const state = new node(home, where, rest, handles...);
    auto result = promise_access::make_promise<typename Rule::template result<Given>>(state, home);
    state->attach(handles...);
    return result;
}

/// A pack, on the executor of the first.
template <class Rule, class First, class... Others>
auto combine_pack(losers rest, First& first, Others&... others)
{
    return combine<Rule, input_pack<source_of_t<First>, source_of_t<Others>...>>(
        promise_access::loop_of(first), rest, promise_access::source(first).where(), first,
        others...);
}

/// The arguments of a combinator that is given no range: a pack.
template <class Rule, class... Args>
auto combine_arguments(losers rest, Args&&... args)
{
    if constexpr (sizeof...(Args) == 1 && (executor_or_context<Args> && ...) &&
                  Rule::may_have_none) {
        return combine<Rule, input_pack<>>(loop(as_executor(std::forward<Args>(args)...)), rest,
                                           std::source_location::current());
    } else {
        constexpr bool some = sizeof...(Args) > 0 && !(executor_or_context<Args> || ...);
        constexpr bool no_range =
            !((std::ranges::range<std::remove_reference_t<Args>> && !combinable<Args>) || ...);
        constexpr bool only_promises = (combinable<Args> && ...);
        constexpr bool all_given_up = (given_up_or_shared<Args> && ...);
        static_assert(some, "settle: to combine nothing, or on an executor, write "
                            "all(executor, range); the promises of a pack come without one");
        static_assert(!some || no_range, "settle: a range of promises is combined on an executor; "
                                         "write all(executor, std::move(range))");
        static_assert(
            !some || !no_range || only_promises,
            "settle: a combinator takes promises and shared promises; make one of a value "
            "by resolved(executor, value), of an operation by the token use_promise");
        static_assert(!only_promises || all_given_up,
                      "settle: a promise that is combined is given up; write std::move(promise), "
                      "or std::move(promise).share() and combine the shared promise");
        if constexpr (some && only_promises && all_given_up)
            return combine_pack<Rule>(rest, args...);
    }
}

/// The elements of a range are the range's own, and so go with it.
template <class Range>
concept gives_up_its_elements =
    !std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>> ||
    (!std::is_lvalue_reference_v<Range> && !std::ranges::view<Range>);

/// What is given up as such, a shared promise as a copy that asks to cancel in its place.
template <class Handle, class Element>
Handle taken(Element&& element)
{
    if constexpr (is_shared_promise<Handle> && std::is_lvalue_reference_v<Element>)
        return promise_access::hand_over(element);
    else
        return std::move(element);
}

template <class Rule, class ExecutorOrContext, class Range>
auto combine_range(losers rest, ExecutorOrContext&& executor, Range&& range,
                   const std::source_location& where)
{
    using reference = std::ranges::range_reference_t<Range>;
    using handle = std::remove_cvref_t<reference>;
    constexpr bool of_promises = combinable<reference>;
    static_assert(of_promises,
                  "settle: a combinator takes a range of promises or of shared promises");
    constexpr bool given_up =
        is_shared_promise<handle> ||
        (gives_up_its_elements<Range> && !std::is_const_v<std::remove_reference_t<reference>>);
    static_assert(!of_promises || given_up,
                  "settle: the promises of a range are given up; write std::move(range) for a "
                  "container; for a view, make it one of rvalues (std::make_move_iterator)");
    if constexpr (of_promises && given_up) {
        using executor_type = executor_from_t<ExecutorOrContext>;
        using given = input_range<source_of_t<handle>>;
        using node = combination<Rule, given, executor_type>;
        const loop<executor_type> home(as_executor(std::forward<ExecutorOrContext>(executor)));

        std::vector<handle> handles;
        std::exception_ptr failure;
        try {
            if constexpr (std::is_same_v<Range, std::vector<handle>>)
                handles = std::move(range);
            else
                for (auto&& element : range)
                    handles.push_back(taken<handle>(std::forward<decltype(element)>(element)));
        } catch (...) {
            failure = std::current_exception();
        }
        auto* const state = new node(home, where, rest, handles);
        auto result =
            promise_access::make_promise<typename Rule::template result<given>>(state, home);
        if (failure)
            state->attach_after(std::move(failure), handles);
        else
            state->attach(handles);
        return result;
    }
}

} // namespace settle::detail
