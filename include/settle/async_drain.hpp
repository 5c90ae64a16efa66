// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/drain_operation.hpp>
#include <settle/detail/on_the_clock.hpp>
#include <settle/error.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>

namespace settle {

/// What `async_drain` found, or brought about.
struct drain_result {
    /// Cleanups that came to their end in time, be it by the deadline of their own `within`.
    std::uint64_t completed = 0;
    /// Cleanups that came to it after the deadline: cancelled, or by their force.
    std::uint64_t forced = 0;
    /// Cleanups that did not, or were destroyed meanwhile.
    std::uint64_t abandoned = 0;
    /// Operations that run still, and whose asynchronous cleanups are therefore not due.
    std::uint64_t operations_running = 0;

    friend bool operator==(const drain_result&, const drain_result&) = default;
};

/// Waits until the asynchronous cleanups of a context have ended: those in flight, and those whose
/// operation has completed, on all surfaces; also what comes to that meanwhile. Operations that run
/// are the application's to cancel, before or afterwards, and are only counted.
///
/// At the deadline the cleanups get a terminal cancellation (an exception to their being shielded),
/// one that has a `force` is forced, and those that have not ended a few turns of the loop later
/// are counted as abandoned: to stop the context is what is left to do. A cleanup belongs to the
/// context of the executor that it runs on. Synchronous cleanups and stragglers are not waited for.
///
/// Completion signature: `void(error_code, drain_result)`. The code is that of success, also when
/// the deadline has passed, unless the wait was cancelled.
///
/// Executor: the handler's associated one, else the context's. The context has work until it
/// completes.
///
/// Cancellation: every type ends it with `asio::error::operation_aborted` and the counts by then.
/// No cleanup is cancelled by that.
///
/// Exceptions: `std::bad_alloc`, and what making a timer throws. Running out of memory when a
/// cleanup ends meanwhile would lose the end of the wait, and so ends the program.
///
/// Thread safety: may be started on any thread. At the deadline a cleanup is cancelled on its
/// executor; where that runs on several threads, bind a strand to the cleanup's handler, as for
/// `promise::cancel`.
///
/// Complexity: linear in the operations that have asynchronous cleanups, when it begins and in each
/// turn of the loop in which cleanups end meanwhile; one allocation, and after the deadline one for
/// each cleanup, all by the default allocator. Without it such an operation costs an entry in a
/// list.
///
/// Example:
///
///     acceptor.close();
///     for (auto& session : sessions)
///         session.cancel();
///     const auto left = co_await settle::async_drain(context, 10s, asio::use_awaitable);
template <std::derived_from<boost::asio::execution_context> Context, class Rep, class Period,
          class Token>
auto async_drain(Context& context, const std::chrono::duration<Rep, Period>& deadline,
                 Token&& token)
{
    using executor = typename Context::executor_type;
    return boost::asio::async_initiate<Token, void(error_code, drain_result)>(
        detail::drain_initiation<drain_result, executor>(context.get_executor()), token,
        detail::on_the_clock(deadline));
}

template <std::derived_from<boost::asio::execution_context> Context, class Clock, class Duration,
          class Token>
auto async_drain(Context& context, const std::chrono::time_point<Clock, Duration>& deadline,
                 Token&& token)
{
    using executor = typename Context::executor_type;
    return boost::asio::async_initiate<Token, void(error_code, drain_result)>(
        detail::drain_initiation<drain_result, executor>(context.get_executor()), token, deadline);
}

} // namespace settle
