// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/operation_state.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/start_scope.hpp>
#include <settle/fwd.hpp>

#include <source_location>

namespace settle::detail {

/// Starts an operation: `start` is called with its completion handler, an operation_completion.
/// Returns the promise of what it completes with. What `start` throws is let through.
template <class T, class Completion, class Executor, class Start>
promise<T, Executor> start_operation(const loop<Executor>& home, const std::source_location& where,
                                     Start start)
{
    auto* const state = new operation_state<T, Executor>(home, where);
    state->stay_with(home.bias());
    auto result = promise_access::make_promise<T>(state, home);
    {
        start_scope scope(state);
        state->set_start(scope);
        try {
            start(Completion(state));
        } catch (...) {
            // The caller gets the exception; that the promise is broken besides is no news.
            if (scope.dropped())
                state->abandon_and_drop();
            throw;
        }
        if (!scope.dropped())
            return result;
    }
    state->make_ready();
    return result;
}

} // namespace settle::detail
