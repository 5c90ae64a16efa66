// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/best_effort.hpp>

#include "support/decorated.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::best_effort;
using settle::report_kind;
using support::decorated_fixture;
using support::surfaces;

BOOST_AUTO_TEST_SUITE(best_efforts)

BOOST_TEST_DECORATOR(*label("F5") * label("S1") * label("U3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_synchronous_cleanup_throws_is_reported, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort(f.throws()));
    f.complete_operation();
    BOOST_TEST(f.cleanups == 1);
    BOOST_TEST(f.ended_well());
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(f.reports.count() == 1u);
    f.check_released();
}

BOOST_TEST_DECORATOR(*label("F4") * label("F9") * label("S1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(failure_of_the_operation_passes_and_displaces_nothing, Surface,
                              surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort(f.throws()));
    f.complete_operation(asio::error::eof);
    BOOST_TEST(f.ended_with(asio::error::eof));
    BOOST_TEST(f.end->suppressed().empty());
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(f.reports.count() == 1u);
}

BOOST_TEST_DECORATOR(*label("F6") * label("F14") * label("F15") * label("S1") * label("U3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(rejection_of_an_asynchronous_cleanup_is_reported, Surface, surfaces)
{
    decorated_fixture f;
    const auto failed_before = settle::stats().cleanups_failed;
    f.start<Surface>(best_effort(f.tidies()));
    f.complete_operation(asio::error::eof);
    BOOST_TEST(f.completions == 0);
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.ended_with(asio::error::eof));
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(f.reports.count() == 1u);
    BOOST_TEST(settle::stats().cleanups_failed == failed_before + 1);
    f.check_released();
}

BOOST_TEST_DECORATOR(*label("F7") * label("F14"))
BOOST_AUTO_TEST_CASE_TEMPLATE(success_of_an_asynchronous_cleanup_is_silent, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort(f.tidies()));
    f.complete_operation();
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
    BOOST_TEST(f.reports.count() == 0u);
    f.check_released();
}

BOOST_TEST_DECORATOR(*label("F5") * label("F12") * label("S1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(asynchronous_cleanup_that_throws_itself_is_reported, Surface,
                              surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort([&] {
        if (++f.cleanups == 1)
            throw boost::system::system_error(asio::error::broken_pipe);
        return f.tidying.async_run(asio::deferred);
    }));
    f.complete_operation();
    BOOST_TEST(f.ended_well());
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
}

BOOST_TEST_DECORATOR(*label("F12") * label("S1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(start_that_throws_is_reported, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort([&] {
        ++f.cleanups;
        return asio::async_initiate<const asio::deferred_t, void(settle::error_code)>(
            [](auto&&) { throw boost::system::system_error(asio::error::broken_pipe); },
            asio::deferred);
    }));
    f.complete_operation();
    BOOST_TEST(f.cleanups == 1);
    BOOST_TEST(f.ended_well());
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
}

BOOST_TEST_DECORATOR(*label("F6") * label("S1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(promises_and_awaitables_are_reported, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(
        best_effort([&] { return settle::rejected<void>(*f.context, asio::error::broken_pipe); }));
    f.complete_operation();
    BOOST_TEST(f.ended_well());
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);

    decorated_fixture g;
    g.start<Surface>(best_effort([]() -> asio::awaitable<void> {
        throw boost::system::system_error(asio::error::broken_pipe);
        co_return;
    }));
    g.complete_operation();
    BOOST_TEST(g.ended_well());
    g.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
}

BOOST_TEST_DECORATOR(*label("F3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(empty_cleanup_passes_through, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort(nullptr));
    f.complete_operation(asio::error::eof);
    BOOST_TEST(f.ended_with(asio::error::eof));

    decorated_fixture g;
    g.start<Surface>(best_effort(std::function<settle::promise<void>()>()));
    g.complete_operation(asio::error::eof);
    BOOST_TEST(g.ended_with(asio::error::eof));
    BOOST_TEST(g.reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(infallible_whatever_the_cleanup_does, *label("S1"))
{
    const auto throws = [] { throw 1; };
    const auto waits = []() -> asio::awaitable<void> { co_return; };
    using settle::detail::is_infallible;
    static_assert(is_infallible<decltype(best_effort(throws))>);
    static_assert(is_infallible<decltype(best_effort(waits))>);
    static_assert(is_infallible<decltype(best_effort(std::ref(throws)))>);
    static_assert(
        is_infallible<decltype(asio::bind_executor(asio::system_executor(), best_effort(throws)))>);
    static_assert(std::is_nothrow_invocable_v<decltype(best_effort(throws))>);
}

BOOST_AUTO_TEST_CASE(signature_without_a_slot_stays, *label("S1"))
{
    asio::io_context context;
    support::report_collector reports;
    int values = 0;
    support::manual_operation<void(int)> operation(context.get_executor());
    support::plain_operation tidying(context.get_executor());
    operation.async_run(settle::finally(best_effort([] { throw 1; }), [&](int i) { values += i; }));
    operation.complete(1);
    context.run();
    operation.async_run(
        settle::finally(best_effort([&] { return tidying.async_run(asio::deferred); }),
                        [&](int i) { values += i; }));
    context.restart();
    operation.complete(2);
    context.poll();
    tidying.complete(asio::error::eof);
    context.run();
    BOOST_TEST(values == 3);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 2u);
}

BOOST_AUTO_TEST_CASE(report_goes_to_the_handler_of_the_context, *label("U3"))
{
    for (const bool asynchronous : {false, true}) {
        decorated_fixture f;
        int told = 0;
        settle::set_report_handler(*f.context, [&](const settle::report&) { ++told; });
        if (asynchronous)
            f.start<support::token_surface>(best_effort(f.tidies()));
        else
            f.start<support::token_surface>(best_effort(f.throws()));
        f.complete_operation();
        if (asynchronous)
            f.complete_tidying(asio::error::eof);
        BOOST_TEST(told == 1);
        BOOST_TEST(f.reports.count() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(called_by_itself_it_is_reported_where_it_was_made, *label("U3"))
{
    support::report_collector reports;
    const auto line = std::source_location::current().line() + 1;
    best_effort([] { throw 1; })();
    const auto told = reports.all(report_kind::cleanup_failed);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].where.line() == line);
}

BOOST_TEST_DECORATOR(*label("B2") * label("B3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_dropped_after_its_start, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(best_effort(f.tidies()));
    f.complete_operation(asio::error::eof);
    f.tidying.drop();
    f.poll();
    if constexpr (Surface::is_promise) {
        BOOST_TEST(f.ended_with(asio::error::eof));
        f.check_report(report_kind::cleanup_failed, settle::errc::broken_promise);
    } else {
        BOOST_TEST(f.completions == 0);
        f.check_report(report_kind::abandoned_cleanup, settle::errc::broken_promise);
    }
    BOOST_TEST(f.reports.count() == 1u);
    BOOST_TEST(f.alive.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
