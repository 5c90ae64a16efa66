// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// delay and timeout. No test waits for a clock: deadlines have passed already or are out of reach.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

using operation = support::manual_operation<void(settle::error_code, int)>;

constexpr auto never = std::chrono::hours::max();

} // namespace

BOOST_AUTO_TEST_CASE(delay_is_fulfilled_and_keeps_the_loop_until_then, *label("P10") * label("E5"))
{
    asio::io_context context;
    bool ran = false;
    auto waiting = settle::delay(context, 1us);
    static_assert(
        std::is_same_v<decltype(waiting), settle::promise<void, asio::io_context::executor_type>>);
    std::move(waiting).then([&] { ran = true; }).detach();
    context.run();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(delay_of_any_unit_is_accepted, *label("P10"))
{
    asio::io_context context;
    BOOST_TEST(end_of(context, settle::delay(context, std::chrono::hours(-1))).has_value());
    BOOST_TEST(
        end_of(context, settle::delay(context, std::chrono::duration<double>(1e-9))).has_value());
    settle::promise<void> longest =
        settle::delay(asio::any_io_executor(context.get_executor()), never);
    context.restart();
    context.poll();
    BOOST_TEST(!context.stopped());
}

BOOST_AUTO_TEST_CASE(cancelled_delay_is_aborted, *label("X5"))
{
    asio::io_context context;
    auto waiting = settle::delay(context, never);
    waiting.cancel();
    BOOST_TEST(
        (end_of(context, std::move(waiting)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(cancelled_delay_behind_links_is_aborted, *label("X5"))
{
    asio::io_context context;
    auto waiting = settle::delay(asio::make_strand(context), never).then([] {}).finally([] {});
    waiting.cancel();
    BOOST_TEST(
        (end_of(context, std::move(waiting)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(dropped_delay_goes_on, *label("P9"))
{
    asio::io_context context;
    settle::delay(context, never).detach();
    context.poll();
    BOOST_TEST(!context.stopped());
}

BOOST_AUTO_TEST_CASE(deadline_that_passes_rejects, *label("X6"))
{
    asio::io_context context;
    operation work(context.get_executor());
    auto limited = settle::timeout(0ns, work.async_run(settle::use_promise));
    static_assert(std::is_same_v<decltype(limited), settle::promise<int>>);
    std::optional<settle::error_code> told;
    std::move(limited)
        .catch_([&](settle::error_code ec) {
            told = ec;
            return 0;
        })
        .detach();
    while (work.signals() == 0)
        context.run_one();
    context.poll();
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST((*told == errc::timed_out));
    BOOST_TEST((*told != asio::error::operation_aborted));
    BOOST_TEST((work.last_signal() == asio::cancellation_type::terminal));
    work.complete(asio::error::operation_aborted, 0);
    context.run();
}

BOOST_AUTO_TEST_CASE(what_the_source_ends_with_after_the_deadline_is_silent,
                     *label("X6") * label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    operation work(context.get_executor());
    int told = 0;
    settle::timeout(0ns, work.async_run(settle::use_promise))
        .then([&](int) { ++told; }, [&](const settle::reason&) { ++told; })
        .detach();
    while (work.signals() == 0)
        context.run_one();
    work.complete(asio::error::operation_aborted, 0);
    context.run();
    BOOST_TEST(told == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(source_that_settles_first_passes_and_ends_the_timer,
                     *label("X6") * label("E5"))
{
    asio::io_context context;
    auto made = settle::with_resolvers<std::unique_ptr<int>>(context);
    auto limited = settle::timeout(never, std::move(made.promise));
    made.resolver.resolve(std::make_unique<int>(3));
    // Would not return if the timer went on.
    BOOST_TEST(*end_of(context, std::move(limited)).value() == 3);
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(rejection_of_the_source_passes_unchanged, *label("X6") * label("F4"))
{
    asio::io_context context;
    settle::reason why(std::make_exception_ptr(support::operation_error()));
    why.suppress(asio::error::eof);
    const auto exception = why.exception();
    auto limited = settle::timeout(never, settle::rejected<void>(context, std::move(why)));
    const auto end = end_of(context, std::move(limited)).error();
    BOOST_TEST((end.exception() == exception));
    BOOST_TEST(end.suppressed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(source_that_has_settled_wins, *label("X6"))
{
    asio::io_context context;
    BOOST_TEST(end_of(context, settle::timeout(0ns, settle::resolved(context, 1))).value() == 1);
}

BOOST_AUTO_TEST_CASE(cancelling_the_result_asks_the_source_and_not_the_timer,
                     *label("X6") * label("X5"))
{
    asio::io_context context;
    operation work(context.get_executor());
    auto limited = settle::timeout(never, work.async_run(settle::use_promise));
    limited.cancel();
    context.poll();
    BOOST_TEST(work.signals() == 1);
    // It came too late for the operation: its own end counts.
    work.complete({}, 5);
    BOOST_TEST(end_of(context, std::move(limited)).value() == 5);
}

BOOST_AUTO_TEST_CASE(deadline_holds_for_a_cancelled_source_that_does_not_end,
                     *label("X6") * label("X5"))
{
    asio::io_context context;
    auto made = settle::with_resolvers<int>(context);
    auto limited = settle::timeout(1us, std::move(made.promise));
    limited.cancel();
    BOOST_TEST((end_of(context, std::move(limited)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(cancelled_source_is_told_from_the_deadline, *label("X6") * label("X5"))
{
    asio::io_context context;
    auto limited = settle::timeout(never, settle::delay(context, never));
    limited.cancel();
    BOOST_TEST(
        (end_of(context, std::move(limited)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(shared_source_is_cancelled_when_all_have_asked, *label("X6") * label("X5"))
{
    asio::io_context context;
    operation work(context.get_executor());
    const auto shared = work.async_run(settle::use_promise).share();
    auto other = shared.then([](int i) { return i; });
    auto limited = settle::timeout(0ns, shared);
    bool late = false;
    std::move(limited)
        .catch_([&](settle::error_code ec) {
            late = ec == errc::timed_out;
            return 0;
        })
        .detach();
    while (!late)
        context.run_one();
    context.poll();
    BOOST_TEST(work.signals() == 0);
    other.cancel();
    context.poll();
    BOOST_TEST(work.signals() == 1);
    work.complete({}, 4);
    BOOST_TEST(end_of(context, std::move(other)).value() == 4);
}

BOOST_AUTO_TEST_CASE(timeouts_nest, *label("X6"))
{
    asio::io_context context;
    auto limited = settle::timeout(
        never, settle::timeout(0ns, settle::timeout(never, settle::delay(context, never))));
    // The deadline between ends the one outside, and cancels what is inside: no timer is left.
    BOOST_TEST((end_of(context, std::move(limited)).error().code() == errc::timed_out));
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(context_that_dies_with_timeouts_frees_them, *label("X6") * label("B1"))
{
    support::report_collector reports;
    const auto captured = std::make_shared<int>(0);
    {
        asio::io_context context;
        settle::timeout(never, settle::delay(context, never))
            .finally([captured] { BOOST_ERROR("called"); })
            .catch_([captured](const settle::reason&) { BOOST_ERROR("called"); })
            .detach();
    }
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 0U);
    BOOST_TEST(reports.count() == reports.count(settle::report_kind::abandoned_cleanup));
}
