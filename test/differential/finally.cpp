// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "handlers.hpp"

namespace differential {

any_promise attach_finally(machine& home, const statement& step)
{
    return with_source_of(home, step, [&]<class P>(P&& source) -> any_promise {
        if (!step.expression.body)
            return std::forward<P>(source).finally(nullptr);
        return with_result_of<allowed::no_outcome>(
            home, *step.expression.body, [&]<class R>(returns<R>) -> any_promise {
                return std::forward<P>(source).finally(
                    [handler = value_handler<R>{&home, &step}] { return handler(); });
            });
    });
}

any_promise attempt(machine& home, const statement& step)
{
    return with_result_of<allowed::all>(
        home, *step.expression.body, [&]<class R>(returns<R>) -> any_promise {
            return settle::attempt(home.executor(), [&] {
                return home.perform<R>(*step.expression.body, {}, step.node);
            });
        });
}

} // namespace differential
