// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "handlers.hpp"

namespace differential {

any_promise attach_catch(machine& home, const statement& step)
{
    return with_source_of(home, step, [&]<class P>(P&& source) -> any_promise {
        using T = value_of<P>;
        const auto catch_with = [&]<class Handler>(Handler handler) -> any_promise {
            return std::forward<P>(source).catch_(std::move(handler));
        };
        switch (step.expression.takes) {
        case handler_argument::exception_ptr:
            return catch_with(error_handler<T, std::exception_ptr>{&home, &step});
        case handler_argument::code:
            return catch_with(error_handler<T, boost::system::error_code>{&home, &step});
        case handler_argument::failure:
            return catch_with(error_handler<T, const failure&>{&home, &step});
        case handler_argument::reason:
            break;
        }
        return with_result_of<allowed::all, T>(
            home, *step.expression.on_error, [&]<class R>(returns<R>) {
                return catch_with(error_handler<R, const settle::reason&>{&home, &step});
            });
    });
}

} // namespace differential
