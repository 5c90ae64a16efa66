// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/aggregate_error.hpp>
#include <settle/detail/combine.hpp>
#include <settle/detail/deadline.hpp>
#include <settle/detail/loop.hpp>
#include <settle/fwd.hpp>
#include <settle/outcome.hpp>
#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <chrono>
#include <ranges>
#include <source_location>
#include <utility>

namespace settle {

// What the four combinators have in common:
//
// They take promises, which are given up, and shared promises, which are looked at; as a pack,
// where they may be of different types, or as a range of one type with the executor of the result.
// A range is walked once; promises are moved out of it, so it is an rvalue itself or has rvalues.
//
// Executor: that given with the range; for a pack, that of the first promise. What an input ends
// with is taken note of there, in one posted continuation for each, so the first to settle is the
// first that counts, also where the inputs settle on different executors.
//
// Cancellation: `cancel()` of the result asks all inputs that are pending. A shared promise is
// asked on behalf of one consumer. Inputs that have lost run on, unless the first argument is
// `settle::cancel_losers`: then they are asked to cancel as soon as the result has settled.
//
// Exceptions: `std::bad_alloc`. What walking the range throws rejects the result; the promises
// taken before are waited for by nobody. So does a value that throws when it is moved.
//
// The rejection of an input is observed by the combinator, also when it loses: it is not reported.
//
// Thread safety: the inputs may settle on any threads.
//
// Lifetime: a value that does not get into the result is destroyed when the result is decided, or
// when it arrives. An input whose execution context is destroyed is a broken promise. The block
// goes when the last input has settled.
//
// Complexity: linear. One allocation, for a range also one for every few inputs.

/// Asks for the inputs that have lost to be cancelled: `race(cancel_losers, ...)`.
struct cancel_losers_t {
    explicit cancel_losers_t() = default;
};

inline constexpr cancel_losers_t cancel_losers{};

/// Waits until all are fulfilled: ECMAScript's `Promise.all`.
///
/// Returns a promise of a `std::tuple` of the values in the order of the arguments, `void` being
/// `std::monostate`. The first rejection rejects it; with `cancel_losers` the inputs that are still
/// pending are then asked to cancel. `all(executor)`, of nothing, is a fulfilled promise of an
/// empty tuple.
///
/// Executor, cancellation, exceptions, thread safety, lifetime, complexity: see above.
///
///     settle::all(resolve(host), read_key(file))
///         .then([](endpoint where, key secret) { return connect(where, secret); })
///
/// Source: ECMA-262, 27.2.4.1 (Promise.all).
template <class... Promises>
[[nodiscard]] auto all(Promises&&... promises)
{
    return detail::combine_arguments<detail::all_rule>(detail::losers::run_on,
                                                       std::forward<Promises>(promises)...);
}

template <class... Promises>
[[nodiscard]] auto all(cancel_losers_t, Promises&&... promises)
{
    return detail::combine_arguments<detail::all_rule>(detail::losers::are_cancelled,
                                                       std::forward<Promises>(promises)...);
}

/// The same of a range of `promise<T>` or `shared_promise<T>`: a promise of a `std::vector<T>`, of
/// `std::monostate` where `T` is `void`. An empty range is fulfilled at once.
///
///     settle::all(context, hosts | std::views::transform(resolve))
template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto all(ExecutorOrContext&& executor, Range&& promises,
                       std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::all_rule>(detail::losers::run_on,
                                                   std::forward<ExecutorOrContext>(executor),
                                                   std::forward<Range>(promises), where);
}

template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto all(cancel_losers_t, ExecutorOrContext&& executor, Range&& promises,
                       std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::all_rule>(detail::losers::are_cancelled,
                                                   std::forward<ExecutorOrContext>(executor),
                                                   std::forward<Range>(promises), where);
}

/// Waits until all have settled: ECMAScript's `Promise.allSettled`.
///
/// Returns a promise of a `std::tuple` of each one's `outcome`, in the order of the arguments. It
/// is rejected only where a value throws when it is moved. `all_settled(executor)`, of nothing, is
/// a fulfilled promise of an empty tuple. Nobody loses, so there is no `cancel_losers`.
///
/// Executor, cancellation, exceptions, thread safety, lifetime, complexity: see above.
///
/// Source: ECMA-262, 27.2.4.2 (Promise.allSettled).
template <class... Promises>
[[nodiscard]] auto all_settled(Promises&&... promises)
{
    return detail::combine_arguments<detail::all_settled_rule>(detail::losers::run_on,
                                                               std::forward<Promises>(promises)...);
}

template <class... Promises>
void all_settled(cancel_losers_t, Promises&&...)
{
    static_assert(detail::always_false<Promises...>,
                  "settle: all_settled waits for all, so there are no losers to cancel; leave "
                  "cancel_losers out");
}

/// The same of a range of promises: a promise of a `std::vector<outcome<T>>`. An empty range is
/// fulfilled at once.
template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto all_settled(ExecutorOrContext&& executor, Range&& promises,
                               std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::all_settled_rule>(
        detail::losers::run_on, std::forward<ExecutorOrContext>(executor),
        std::forward<Range>(promises), where);
}

/// Waits for the first that is fulfilled: ECMAScript's `Promise.any`.
///
/// Returns a promise of the value: of its type where all have the same, else of a `std::variant` of
/// the different ones, `void` being `std::monostate`. When all are rejected, it is rejected with an
/// `aggregate_error` that has all the reasons.
///
/// Executor, cancellation, exceptions, thread safety, lifetime, complexity: see above.
///
///     settle::any(settle::cancel_losers, ask(mirror), ask(origin))
///
/// Source: ECMA-262, 27.2.4.3 (Promise.any).
template <class... Promises>
[[nodiscard]] auto any(Promises&&... promises)
{
    return detail::combine_arguments<detail::any_rule>(detail::losers::run_on,
                                                       std::forward<Promises>(promises)...);
}

template <class... Promises>
[[nodiscard]] auto any(cancel_losers_t, Promises&&... promises)
{
    return detail::combine_arguments<detail::any_rule>(detail::losers::are_cancelled,
                                                       std::forward<Promises>(promises)...);
}

/// The same of a range of promises: a promise of a `T`. An empty range is rejected at once with an
/// `aggregate_error` that has no reasons.
template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto any(ExecutorOrContext&& executor, Range&& promises,
                       std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::any_rule>(detail::losers::run_on,
                                                   std::forward<ExecutorOrContext>(executor),
                                                   std::forward<Range>(promises), where);
}

template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto any(cancel_losers_t, ExecutorOrContext&& executor, Range&& promises,
                       std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::any_rule>(detail::losers::are_cancelled,
                                                   std::forward<ExecutorOrContext>(executor),
                                                   std::forward<Range>(promises), where);
}

/// Settles as the first that settles does: ECMAScript's `Promise.race`.
///
/// Returns a promise of the type that `any` would have.
///
/// Executor, cancellation, exceptions, thread safety, lifetime, complexity: see above.
///
/// Source: ECMA-262, 27.2.4.6 (Promise.race).
template <class... Promises>
[[nodiscard]] auto race(Promises&&... promises)
{
    return detail::combine_arguments<detail::race_rule>(detail::losers::run_on,
                                                        std::forward<Promises>(promises)...);
}

template <class... Promises>
[[nodiscard]] auto race(cancel_losers_t, Promises&&... promises)
{
    return detail::combine_arguments<detail::race_rule>(detail::losers::are_cancelled,
                                                        std::forward<Promises>(promises)...);
}

/// The same of a range of promises: a promise of a `T`. An empty range is rejected at once with
/// `errc::broken_promise`, where ECMAScript's would stay pending for ever.
template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto race(ExecutorOrContext&& executor, Range&& promises,
                        std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::race_rule>(detail::losers::run_on,
                                                    std::forward<ExecutorOrContext>(executor),
                                                    std::forward<Range>(promises), where);
}

template <class ExecutorOrContext, class Range>
    requires detail::executor_or_context<ExecutorOrContext> && std::ranges::input_range<Range>
[[nodiscard]] auto race(cancel_losers_t, ExecutorOrContext&& executor, Range&& promises,
                        std::source_location where = std::source_location::current())
{
    return detail::combine_range<detail::race_rule>(detail::losers::are_cancelled,
                                                    std::forward<ExecutorOrContext>(executor),
                                                    std::forward<Range>(promises), where);
}

/// A promise that is fulfilled after a while, measured by the steady clock.
///
/// Executor: the promise's, which has the timer's wait as work until it ends.
///
/// Cancellation: `cancel()` ends it with `asio::error::operation_aborted`. Dropping it does not.
///
/// Exceptions: `std::bad_alloc`, and what making a timer throws.
///
/// Complexity: three allocations, for the promise, the timer and its cancellation, besides Asio's
/// for the wait.
template <class ExecutorOrContext, class Rep, class Period>
    requires detail::executor_or_context<ExecutorOrContext>
[[nodiscard]] auto delay(ExecutorOrContext&& executor,
                         const std::chrono::duration<Rep, Period>& after,
                         std::source_location where = std::source_location::current())
{
    using executor_type = detail::executor_from_t<ExecutorOrContext>;
    return detail::start_timer(
        detail::loop<executor_type>(detail::as_executor(std::forward<ExecutorOrContext>(executor))),
        detail::on_the_clock(after), error_code(), where);
}

/// Gives a promise a deadline: settles as it does, or is rejected with `errc::timed_out` after a
/// while. Takes the promise, or looks at a shared one.
///
/// Executor: the promise's, for the timer too.
///
/// Cancellation: at the deadline the promise is asked to cancel, and what it then ends with is
/// ignored. `cancel()` of the result asks the promise, and the deadline still holds; so
/// `operation_aborted` is the promise's, and `errc::timed_out` the deadline's.
///
/// Exceptions: `std::bad_alloc`, and what making a timer throws: the promise is then still the
/// caller's.
///
/// Thread safety: as for the combinators. Where the executor is not serial, a promise that settles
/// at the moment of its deadline may win or lose.
///
/// Complexity: that of a `delay`, and one allocation. The timer is cancelled when the promise
/// settles first, so it does not keep a loop running.
///
///     settle::timeout(5s, socket.async_read_some(buffer, settle::use_promise))
template <class Rep, class Period, class Promise>
[[nodiscard]] auto timeout(const std::chrono::duration<Rep, Period>& after, Promise&& source,
                           std::source_location where = std::source_location::current())
{
    constexpr bool of_promise = detail::combinable<Promise>;
    constexpr bool given_up = detail::given_up_or_shared<Promise>;
    static_assert(of_promise, "settle: timeout takes a promise or a shared promise; make one of an "
                              "operation by the token use_promise");
    static_assert(!of_promise || given_up, "settle: a promise that gets a timeout is given up; "
                                           "write timeout(duration, std::move(promise))");
    if constexpr (of_promise && given_up) {
        const auto& home = detail::promise_access::loop_of(source);
        auto deadline =
            detail::start_timer(home, detail::on_the_clock(after), errc::timed_out, where);
        using given = detail::input_pack<detail::source_of_t<std::remove_cvref_t<Promise>>,
                                         detail::source_of_t<decltype(deadline)>>;
        return detail::combine<detail::timeout_rule, given>(home, detail::losers::are_cancelled,
                                                            where, source, deadline);
    }
}

} // namespace settle
