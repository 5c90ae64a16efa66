// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/aggregate_error.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/signature.hpp>
#include <settle/error.hpp>
#include <settle/outcome.hpp>
#include <settle/reason.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace settle::detail {

// The rules of a combination: `result`, of what was given; whether an input that has settled
// decides it; then what passes from that one; and what it is when all have settled and none has
// decided.

/// Stores what `make` returns, or what it throws.
template <class Result, class Make>
void store_made(settlement<Result>& result, Make make) noexcept
{
    try {
        result.store_value(make());
    } catch (...) {
        result.store_reason(std::current_exception());
    }
}

struct all_rule {
    template <class Given>
    using result = typename Given::template collected<stored_t>;

    static constexpr bool has_losers = true;
    static constexpr bool may_have_none = true;
    static constexpr bool asks_the_first_only = false;

    static constexpr bool decides(bool fulfilled) noexcept { return !fulfilled; }

    template <class Result, class Input>
    static void pass(settlement<Result>& to, Input& from) noexcept
    {
        to.store_reason(from.take_why());
    }

    template <class Result, class Inputs>
    static void conclude(settlement<Result>& to, Inputs& inputs) noexcept
    {
        store_made(to, [&] {
            return inputs.template collect<Result>(
                [](auto& input) -> decltype(auto) { return input.value(); });
        });
    }
};

struct all_settled_rule {
    template <class Given>
    using result = typename Given::template collected<outcome>;

    static constexpr bool has_losers = false;
    static constexpr bool may_have_none = true;
    static constexpr bool asks_the_first_only = false;

    static constexpr bool decides(bool) noexcept { return false; }

    template <class Result, class Input>
    static void pass(settlement<Result>&, Input&) noexcept
    {
    }

    template <class Result, class Inputs>
    static void conclude(settlement<Result>& to, Inputs& inputs) noexcept
    {
        store_made(to, [&] {
            return inputs.template collect<Result>(
                [](auto& input) { return input.take_outcome(); });
        });
    }
};

/// The type of one out of several values: theirs, if they have the same, else a variant.
template <class ValueTypes>
struct one_of {
    using distinct = boost::mp11::mp_unique<ValueTypes>;
    using stored = boost::mp11::mp_unique<boost::mp11::mp_transform<stored_t, ValueTypes>>;
    using one_type =
        std::conditional_t<boost::mp11::mp_size<distinct>::value == 1, distinct, stored>;
    using type = typename std::conditional_t<
        boost::mp11::mp_size<one_type>::value == 1, boost::mp11::mp_identity<one_type>,
        boost::mp11::mp_identity<type_list<boost::mp11::mp_rename<stored, std::variant>>>>::type;
};

template <class ValueTypes>
using one_of_t = boost::mp11::mp_front<typename one_of<ValueTypes>::type>;

/// The outcome of one input becomes the result.
template <class Result, class Input>
void pass_outcome(settlement<Result>& to, Input& from) noexcept
{
    using value = stored_t<typename Input::value_type>;
    if (!from.fulfilled())
        to.store_reason(from.take_why());
    else if constexpr (std::is_void_v<Result>)
        to.store_value();
    else if constexpr (std::is_same_v<Result, value>)
        to.store_value(from.value());
    else
        to.store_value(std::in_place_type<value>, from.value());
}

struct any_rule {
    template <class Given>
    using result = one_of_t<typename Given::value_types>;

    static constexpr bool has_losers = true;
    static constexpr bool may_have_none = false;
    static constexpr bool asks_the_first_only = false;

    static constexpr bool decides(bool fulfilled) noexcept { return fulfilled; }

    template <class Result, class Input>
    static void pass(settlement<Result>& to, Input& from) noexcept
    {
        pass_outcome(to, from);
    }

    template <class Result, class Inputs>
    static void conclude(settlement<Result>& to, Inputs& inputs) noexcept
    {
        std::exception_ptr none;
        try {
            std::vector<reason> reasons;
            reasons.reserve(inputs.size());
            inputs.for_each([&](auto& input) { reasons.push_back(input.take_why()); });
            none = std::make_exception_ptr(aggregate_error(std::move(reasons)));
        } catch (...) {
            none = std::current_exception();
        }
        to.store_reason(std::move(none));
    }
};

struct race_rule {
    template <class Given>
    using result = one_of_t<typename Given::value_types>;

    static constexpr bool has_losers = true;
    static constexpr bool may_have_none = false;
    static constexpr bool asks_the_first_only = false;

    static constexpr bool decides(bool) noexcept { return true; }

    template <class Result, class Input>
    static void pass(settlement<Result>& to, Input& from) noexcept
    {
        pass_outcome(to, from);
    }

    /// Only of none at all.
    template <class Result, class Inputs>
    static void conclude(settlement<Result>& to, Inputs&) noexcept
    {
        to.store_reason(errc::broken_promise);
    }
};

/// A promise against its deadline: one of nothing, which is rejected when it is due, and is not for
/// others to cancel.
struct timeout_rule : race_rule {
    template <class Given>
    using result = boost::mp11::mp_front<typename Given::value_types>;

    static constexpr bool asks_the_first_only = true;

    template <class Result, class Input>
    static void pass(settlement<Result>& to, Input& from) noexcept
    {
        if constexpr (std::is_same_v<Result, typename Input::value_type>)
            pass_outcome(to, from);
        else
            to.store_reason(from.take_why());
    }
};

} // namespace settle::detail
