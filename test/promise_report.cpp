// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A rejection that nobody can observe any more is told once, with its place.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::report_kind;
using support::end_of;

auto here(std::source_location where = std::source_location::current())
{
    return where.line();
}

// The one unhandled rejection there should be.
struct unhandled {
    explicit unhandled(const support::report_collector& reports)
    {
        const auto all = reports.all(report_kind::unhandled_rejection);
        BOOST_TEST_REQUIRE(all.size() == 1U);
        BOOST_TEST(reports.count() == 1U);
        line = all[0].where.line();
        why = all[0].why;
    }

    std::uint_least32_t line = 0;
    settle::reason why;
};

} // namespace

BOOST_AUTO_TEST_CASE(dropped_after_its_rejection_is_reported_at_the_drop, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto line = here() + 1;
    auto [p, r] = settle::with_resolvers<int>(context);
    r.reject(errc::timed_out);
    BOOST_TEST(reports.count() == 0U);
    std::move(p).detach();
    const unhandled report(reports);
    BOOST_TEST(report.line == line);
    BOOST_TEST((report.why.code() == errc::timed_out));
    context.run();
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(dropped_before_its_rejection_is_reported_at_the_rejection,
                     *label("U1") * label("P9"))
{
    support::report_collector reports;
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).detach();
    BOOST_TEST(reports.count() == 0U);
    r.reject(errc::timed_out);
    BOOST_TEST((unhandled(reports).why.code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(dropped_fulfilment_is_not_reported, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::resolved(context, 1).detach();
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).detach();
    r.resolve(1);
    context.run();
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(broken_promise_nobody_waits_for_is_reported, *label("U1") * label("P8"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::promise<int>(context, [](const settle::resolver<int>&) {}).detach();
    BOOST_TEST((unhandled(reports).why.code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(chain_is_reported_once_at_its_last_link, *label("U1") * label("U2"))
{
    support::report_collector reports;
    asio::io_context context;
    auto p = settle::rejected<int>(context, errc::timed_out)
                 .then([](int i) { return i; })
                 .finally([] {})
                 .catch_([](const std::logic_error&) { return 1; });
    const auto line = here() + 1;
    auto q = std::move(p).finally([] {});
    context.run();
    BOOST_TEST(reports.count() == 0U);
    std::move(q).detach();
    BOOST_TEST(unhandled(reports).line == line);
}

BOOST_AUTO_TEST_CASE(place_is_the_call_that_made_the_promise, *label("U1"))
{
    asio::io_context context;
    const auto one = [&] { return settle::resolved(context); };
    const auto check = [&](std::uint_least32_t line, auto promise) {
        support::report_collector reports;
        std::move(promise).detach();
        context.restart();
        context.run();
        BOOST_TEST(unhandled(reports).line == line);
    };
    const auto fails = [] { throw 1; };
    const auto fails_again = [](const settle::reason&) { throw 2; };
    const auto rejects = [](const settle::resolver<void>& r) { r.reject(errc::timed_out); };

    check(here(), one().then(fails));
    check(here(), one().then(fails, fails_again));
    check(here(), one().then(fails).catch_(fails_again));
    check(here(), one().then(fails).catch_<int>([](int) { throw 3; }));
    check(here(), one().finally(fails));
    check(here(), settle::attempt(context, fails));
    check(here(), settle::promise<void>(context, rejects));
    check(here(), settle::rejected<void>(context, errc::timed_out));
    auto inner = one().then(fails);
    check(here(), settle::resolved(context, std::move(inner)));
    auto made = settle::with_resolvers<void>(context);
    const auto line = here() - 1;
    made.resolver.reject(errc::timed_out);
    check(line, std::move(made.promise));
}

BOOST_AUTO_TEST_CASE(place_can_be_handed_on, *label("U3"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto where = std::source_location::current();
    settle::rejected<int>(context, errc::timed_out, where).detach();
    BOOST_TEST(unhandled(reports).line == where.line());
}

BOOST_AUTO_TEST_CASE(handled_rejection_is_not_reported, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::rejected<int>(context, errc::timed_out)
        .catch_([](const settle::reason&) { return 1; })
        .detach();
    settle::rejected<int>(context, errc::timed_out)
        .then([](int) {}, [](const settle::reason&) {})
        .detach();
    settle::rejected<int>(context, errc::timed_out)([](std::exception_ptr, int) {});
    static_cast<void>(end_of(context, settle::rejected<int>(context, errc::timed_out)));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(handler_that_fails_in_turn_is_reported_once, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::rejected<int>(context, errc::timed_out)
        .catch_([](const settle::reason&) -> int { throw support::operation_error(); })
        .detach();
    context.run();
    BOOST_TEST(support::holds<support::operation_error>(unhandled(reports).why.exception()));
}

BOOST_AUTO_TEST_CASE(finally_hands_the_duty_on, *label("U2"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::rejected<int>(context, errc::timed_out)
        .finally([] {})
        .finally([&] { return settle::resolved(context); })
        .catch_([](const settle::reason&) { return 0; })
        .detach();
    context.run();
    BOOST_TEST(reports.count() == 0U);
    settle::rejected<int>(context, errc::timed_out).finally([] {}).detach();
    context.restart();
    context.run();
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(report_carries_what_the_reason_displaced,
                     *label("U1") * label("F9") * label("U4"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::rejected<int>(context, support::operation_error())
        .finally([] { throw support::cleanup_error(); })
        .detach();
    context.run();
    const unhandled report(reports);
    BOOST_TEST(support::holds<support::cleanup_error>(report.why.exception()));
    BOOST_TEST_REQUIRE(report.why.suppressed().size() == 1U);
    BOOST_TEST(support::holds<support::operation_error>(report.why.suppressed()[0].exception()));
}

BOOST_AUTO_TEST_CASE(rejection_adopted_by_a_cleanup_is_not_reported_twice, *label("U2"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::resolved(context, 1)
        .finally([&] { return settle::rejected<int>(context, errc::timed_out); })
        .detach();
    auto [outer, r] = settle::with_resolvers<int>(context);
    r.resolve(settle::rejected<int>(context, errc::timed_out));
    std::move(outer).catch_([](settle::error_code) { return 1; }).detach();
    context.run();
    BOOST_TEST((unhandled(reports).why.code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(rejection_displaced_by_a_later_decision_is_told, *label("U1"))
{
    // A promise that lost its decision is still somebody's: its own drop tells.
    support::report_collector reports;
    asio::io_context context;
    {
        auto [p, r] = settle::with_resolvers<int>(context);
        r.resolve(1);
        auto late = settle::rejected<int>(context, errc::timed_out);
        BOOST_TEST(!r.resolve(std::move(late)));
        std::move(p).detach();
    }
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(report_handler_may_use_promises, *label("U3") * label("E8"))
{
    asio::io_context context;
    int told = 0;
    int ran = 0;
    auto previous = settle::set_report_handler([&](const settle::report& what) {
        if (++told == 1)
            settle::rejected<int>(context, what.why)
                .then([](int) {}, [&](const settle::reason&) { ++ran; })
                .detach();
    });
    settle::rejected<int>(context, errc::timed_out).detach();
    context.run();
    settle::set_report_handler(std::move(previous));
    BOOST_TEST(told == 1);
    BOOST_TEST(ran == 1);
}

BOOST_AUTO_TEST_CASE(context_of_a_link_is_its_promises, *label("U3"))
{
    support::report_collector everywhere;
    asio::io_context context;
    int here_told = 0;
    settle::set_report_handler(context, [&](const settle::report&) { ++here_told; });
    settle::resolved(context).then([] { throw 1; }).detach();
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).detach();
    context.run();
    BOOST_TEST(here_told == 1);
    r.reject(errc::timed_out);
    BOOST_TEST(here_told == 2);
    settle::promise<int> erased = settle::rejected<int>(context, errc::timed_out);
    std::move(erased).detach();
    BOOST_TEST(here_told == 3);
    BOOST_TEST(everywhere.count() == 0U);
}
