// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "handlers.hpp"

namespace differential {
namespace {

// One value_handler serves int and void: a handler of overloads would be a generic one.
template <class Result, class P>
auto for_value(machine& home, const statement& step)
{
    if constexpr (std::is_void_v<value_of<P>>)
        return [handler = value_handler<Result>{&home, &step}] { return handler(); };
    else
        return
            [handler = value_handler<Result>{&home, &step}](int value) { return handler(value); };
}

template <class P>
any_promise then_one(machine& home, const statement& step, P&& source)
{
    return with_result_of<allowed::all>(
        home, *step.expression.body, [&]<class R>(returns<R>) -> any_promise {
            return std::forward<P>(source).then(for_value<R, P>(home, step));
        });
}

template <class T, class P>
any_promise then_both(machine& home, const statement& step, P&& source)
{
    return with_result_of<allowed::plain_or_shared, T>(
        home, *step.expression.body, [&]<class R>(returns<R>) -> any_promise {
            auto on_value = for_value<R, P>(home, step);
            if (step.expression.takes == handler_argument::failure)
                return std::forward<P>(source).then(std::move(on_value),
                                                    error_handler<T, const failure&>{&home, &step});
            return with_result_of<allowed::plain_or_shared, T>(
                home, *step.expression.on_error, [&]<class E>(returns<E>) -> any_promise {
                    return std::forward<P>(source).then(
                        std::move(on_value), error_handler<E, const settle::reason&>{&home, &step});
                });
        });
}

} // namespace

any_promise attach_then(machine& home, const statement& step)
{
    return with_source_of(home, step, [&]<class P>(P&& source) -> any_promise {
        const auto& plan = step.expression;
        using handler = error_handler<value_of<P>, const settle::reason&>;
        if (!plan.body && !plan.on_error)
            return std::forward<P>(source).then(nullptr);
        if (!plan.body)
            return std::forward<P>(source).then(nullptr, handler{&home, &step});
        if (!plan.on_error)
            return then_one(home, step, std::forward<P>(source));
        if (plan.body->type == value_type::nothing)
            return then_both<void>(home, step, std::forward<P>(source));
        return then_both<int>(home, step, std::forward<P>(source));
    });
}

} // namespace differential
