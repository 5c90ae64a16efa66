// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A deadline that cancels the cleanup; within_force.cpp has the other kind.

#include <settle/within.hpp>

#include "support/decorated.hpp"
#include "support/global_allocations.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::report_kind;
using settle::within;
using support::decorated_fixture;
using support::never;
using support::surfaces;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(deadlines)

BOOST_TEST_DECORATOR(*label("X4") * label("F7") * label("F14") * label("E5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_ends_in_time_passes_and_ends_the_timer, Surface,
                              surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(never, f.tidies()));
    f.complete_operation(asio::error::eof);
    BOOST_TEST(f.cleanups == 1);
    BOOST_TEST(f.completions == 0);
    f.complete_tidying();
    BOOST_TEST(f.ended_with(asio::error::eof));
    BOOST_TEST(f.tidying.signals() == 0);
    f.check_released();
    // Would not return if the timer went on.
    f.context->run();
    BOOST_TEST(f.reports.count() == 0u);
}

BOOST_TEST_DECORATOR(*label("X4") * label("F6") * label("F9"))
BOOST_AUTO_TEST_CASE_TEMPLATE(failure_in_time_is_the_cleanups_own, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(never, f.tidies()));
    f.complete_operation();
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.ended_with(asio::error::broken_pipe));
}

BOOST_TEST_DECORATOR(*label("X4") * label("F14"))
BOOST_AUTO_TEST_CASE_TEMPLATE(deadline_cancels_and_its_echo_is_timed_out, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies()));
    f.complete_operation();
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.poll();
    BOOST_TEST((f.tidying.last_signal() == asio::cancellation_type::terminal));
    BOOST_TEST(f.tidying.signals() == 1);
    BOOST_TEST(f.completions == 0); // the cleanup is waited for still
    f.complete_tidying(asio::error::operation_aborted);
    BOOST_TEST(f.ended_with(errc::timed_out));
    BOOST_TEST(f.end->suppressed().empty());
    BOOST_TEST(f.reports.count() == 0u);
    f.check_released();
}

BOOST_TEST_DECORATOR(*label("X4") * label("F9"))
BOOST_AUTO_TEST_CASE_TEMPLATE(timed_out_displaces_the_failure_of_the_operation, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies()));
    f.complete_operation(asio::error::eof);
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.complete_tidying(asio::error::operation_aborted);
    BOOST_TEST(f.ended_with(errc::timed_out));
    if constexpr (Surface::is_promise) {
        BOOST_REQUIRE(f.end->suppressed().size() == 1u);
        BOOST_TEST((f.end->suppressed()[0].code() == asio::error::eof));
    } else {
        f.check_report(report_kind::displaced_reason, asio::error::eof);
    }
}

BOOST_TEST_DECORATOR(*label("X4") * label("F9"))
BOOST_AUTO_TEST_CASE_TEMPLATE(error_of_its_own_after_the_deadline_is_displaced, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies()));
    f.complete_operation();
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.ended_with(errc::timed_out));
    if constexpr (Surface::is_promise) {
        BOOST_REQUIRE(f.end->suppressed().size() == 1u);
        BOOST_TEST((f.end->suppressed()[0].code() == asio::error::broken_pipe));
    } else {
        f.check_report(report_kind::displaced_reason, asio::error::broken_pipe);
    }
}

BOOST_TEST_DECORATOR(*label("X4") * label("F7"))
BOOST_AUTO_TEST_CASE_TEMPLATE(success_after_the_deadline_is_success, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies()));
    f.complete_operation();
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
}

BOOST_TEST_DECORATOR(*label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(awaitable_is_cancelled_at_its_deadline, Surface, surfaces)
{
    decorated_fixture f;
    const auto waits = [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor, never);
        co_await timer.async_wait(asio::use_awaitable);
    };
    f.start<Surface>(within(0ns, waits));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(promise_is_cancelled_at_its_deadline, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(
        within(0ns, [&] { return f.tidying.async_run(settle::use_promise).then([] {}); }));
    f.complete_operation();
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.complete_tidying(asio::error::operation_aborted);
    BOOST_TEST(f.ended_with(errc::timed_out));
}

BOOST_TEST_DECORATOR(*label("X4") * label("F12"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_cannot_be_started_has_no_deadline, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(never, [&] {
        ++f.cleanups;
        return asio::async_initiate<const asio::deferred_t, void(settle::error_code)>(
            [](auto&&) { throw boost::system::system_error(asio::error::broken_pipe); },
            asio::deferred);
    }));
    f.complete_operation();
    BOOST_TEST(f.cleanups == 1);
    BOOST_TEST(f.ended_with(asio::error::broken_pipe));
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("X4") * label("F5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(synchronous_cleanup_has_no_use_for_a_deadline, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.throws(), f.force()));
    f.complete_operation();
    BOOST_TEST(f.ended_with(asio::error::broken_pipe));
    BOOST_TEST(f.forces == 0);
    f.check_released();

    decorated_fixture g;
    g.start<Surface>(within(0ns, nullptr));
    g.complete_operation(asio::error::eof);
    BOOST_TEST(g.ended_with(asio::error::eof));
}

BOOST_TEST_DECORATOR(*label("X4") * label("F3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(empty_asynchronous_cleanup_passes_through, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, std::function<settle::promise<void>()>(), f.force()));
    f.complete_operation(asio::error::eof);
    BOOST_TEST(f.ended_with(asio::error::eof));
    BOOST_TEST(f.forces == 0);
}

BOOST_AUTO_TEST_CASE(synchronous_cleanup_under_a_deadline_allocates_nothing, *label("X4"))
{
    asio::io_context context;
    support::plain_operation operation(context.get_executor());
    int cleanups = 0;
    const auto cleanup = [&] { ++cleanups; };
    const auto force = []() noexcept {};
    const auto cost = [&](auto token) {
        operation.async_run(std::move(token));
        const auto before = support::global_allocations.load();
        operation.complete_here({});
        return support::global_allocations - before;
    };
    const auto handler = [](settle::error_code) {};
    const auto plain = cost(settle::finally(cleanup, handler));
    const auto before = support::global_allocations.load();
    auto limited = within(1s, cleanup, force);
    BOOST_TEST(support::global_allocations == before);
    BOOST_TEST(cost(settle::finally(std::move(limited), handler)) == plain);
    BOOST_TEST(cleanups == 2);
    static_assert(sizeof(within(1s, [] {}, force)) <= 3 * sizeof(void*));
}

BOOST_AUTO_TEST_CASE(infallible_where_a_synchronous_cleanup_is, *label("X4") * label("S1"))
{
    using settle::detail::is_infallible;
    const auto nothrow = []() noexcept {};
    const auto throws = [] {};
    const auto waits = []() noexcept -> asio::awaitable<void> { co_return; };
    static_assert(is_infallible<decltype(within(1s, nothrow))>);
    static_assert(!is_infallible<decltype(within(1s, throws))>);
    static_assert(!is_infallible<decltype(within(1s, waits))>);
    static_assert(!is_infallible<decltype(within(1s, settle::best_effort(waits)))>);
}

BOOST_AUTO_TEST_CASE(cleanup_and_timer_are_on_a_strand_of_their_own, *label("X4") * label("E8"))
{
    using settle::detail::serial_executor_t;
    using pool = asio::thread_pool::executor_type;
    using wait = decltype(std::declval<support::plain_operation&>().async_run(asio::deferred));
    static_assert(std::is_same_v<serial_executor_t<wait, pool>, asio::strand<pool>>);
    static_assert(std::is_same_v<serial_executor_t<wait, asio::strand<pool>>, asio::strand<pool>>);
    static_assert(
        std::is_same_v<serial_executor_t<asio::awaitable<void>, pool>, asio::strand<pool>>);
    // An awaitable of one executor type can be nowhere else.
    static_assert(std::is_same_v<serial_executor_t<asio::awaitable<void, pool>, pool>, pool>);
}

BOOST_AUTO_TEST_CASE(awaitable_of_one_executor_type_runs_on_it, *label("X4"))
{
    using executor = asio::io_context::executor_type;
    asio::io_context context;
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, executor>
        work(context, 0s), timer(context, never);
    settle::error_code end;
    const auto waits = [&]() -> asio::awaitable<void, executor> {
        co_await timer.async_wait(asio::use_awaitable_t<executor>());
    };
    work.async_wait(settle::finally(within(0ns, waits), [&](settle::error_code ec) { end = ec; }));
    context.run();
    BOOST_TEST((end == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(executor_of_the_cleanup_is_seen_through_the_decorator,
                     *label("X4") * label("E1"))
{
    asio::io_context context;
    asio::io_context other;
    support::plain_operation operation(context.get_executor());
    bool there = false;
    const auto cleanup = [&]() -> asio::awaitable<void> {
        there = other.get_executor().running_in_this_thread();
        co_return;
    };
    int ended = 0;
    operation.async_run(settle::use_promise)
        .finally(within(never, asio::bind_executor(other, cleanup)))
        .then([&] { ++ended; })
        .detach();
    operation.complete({});
    context.run();
    BOOST_TEST(!there);
    other.run();
    BOOST_TEST(there);
    context.restart();
    context.run();
    BOOST_TEST(ended == 1);
}

BOOST_AUTO_TEST_SUITE_END()
