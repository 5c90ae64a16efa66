// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "machine.hpp"

#include <boost/system/error_code.hpp>

#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace differential {

// A program's functions as C++ handlers: what a handler returns is known when it is attached, so
// that it has the type that a user's would have.

// For a value, and where there is none.
template <class Result>
struct value_handler {
    machine* home;
    const statement* step;

    Result operator()(int value) const
    {
        home->story().ran(step->expression.source, step->node, std::to_string(value));
        return home->perform<Result>(*step->expression.body, {value, {}}, step->node);
    }

    Result operator()() const
    {
        home->story().ran(step->expression.source, step->node, "");
        return home->perform<Result>(*step->expression.body, {}, step->node);
    }
};

template <class Result, class Argument>
struct error_handler {
    machine* home;
    const statement* step;

    Result operator()(Argument given) const
    {
        const auto why = [&]() -> settle::reason {
            if constexpr (std::is_same_v<Argument, const failure&>)
                return std::make_exception_ptr(given);
            else
                return given;
        }();
        const auto told = tell(why);
        home->story().ran(step->expression.source, step->node, told.text);
        return home->perform<Result>(*step->expression.on_error, {told.number, why}, step->node);
    }
};

template <class T>
struct returns {
    using type = T;
};

enum class allowed { plain, plain_or_shared, no_outcome, all };

// Calls `use` with returns<R>, R being what a function returns.
template <allowed Kinds, class T, class Use>
any_promise with_result_of(const machine& home, const body& function, Use use)
{
    using enum result_kind;
    const auto kind = function.result.kind;
    if constexpr (Kinds != allowed::plain)
        if (kind == self || (kind == node && home.is_shared(function.result.node)))
            return use(returns<shared<T>>());
    if constexpr (Kinds == allowed::no_outcome || Kinds == allowed::all) {
        if (kind == node)
            return use(returns<unique<T>>());
        if (kind == result_kind::thenable)
            return use(returns<differential::thenable<T>>());
    }
    if constexpr (Kinds == allowed::all && !std::is_void_v<T>)
        if (kind == outcome || kind == outcome_error)
            return use(returns<settle::outcome<T>>());
    return use(returns<T>());
}

// The same, where the function's type is not known either.
template <allowed Kinds, class Use>
any_promise with_result_of(const machine& home, const body& function, Use use)
{
    if (function.type == value_type::nothing)
        return with_result_of<Kinds, void>(home, function, use);
    return with_result_of<Kinds, int>(home, function, use);
}

// Calls `use` with the promise that a step consumes: given up, or still everybody's.
template <class Use>
any_promise with_source_of(machine& home, const statement& step, Use use)
{
    return std::visit(
        [&]<class P>(P& p) -> any_promise {
            if constexpr (std::is_copy_constructible_v<P>)
                return use(p);
            else
                return use(std::move(p));
        },
        home.promise(step.expression.source));
}

template <class P>
using value_of = typename std::remove_cvref_t<P>::value_type;

} // namespace differential
