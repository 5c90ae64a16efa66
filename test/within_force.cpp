// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A deadline that ends the wait, and the straggler that it leaves.

#include <settle/within.hpp>

#include "support/counting_allocator.hpp"
#include "support/decorated.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
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

BOOST_AUTO_TEST_SUITE(forces)

BOOST_TEST_DECORATOR(*label("X4") * label("F14"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_ends_in_time_is_not_forced, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(never, f.tidies(), f.force()));
    f.complete_operation();
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.ended_with(asio::error::broken_pipe));
    f.check_released(); // also of what the force captured
    f.context->run();
    BOOST_TEST(f.forces == 0);
    BOOST_TEST(f.reports.count() == 0u);
}

BOOST_TEST_DECORATOR(*label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(deadline_runs_the_force_and_settles_at_once, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies(), f.force()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.forces == 1);
    BOOST_TEST(f.ended_with(errc::timed_out));
    BOOST_TEST(f.tidying.waits());
    BOOST_TEST(f.tidying.signals() == 0); // only the force was asked for
    // The straggler has its cleanup still, the force has gone.
    BOOST_TEST(f.alive_at_the_end == 2);
    f.complete_tidying();
    BOOST_TEST(f.completions == 1);
    BOOST_TEST(f.alive.use_count() == 1);
    BOOST_TEST(f.reports.count() == 0u);
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("X4") * label("U3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(straggler_that_fails_is_reported, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies(), f.force()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.check_report(report_kind::straggler, asio::error::broken_pipe);
    BOOST_TEST(f.reports.count() == 1u);
    BOOST_TEST(f.alive.use_count() == 1);
}

BOOST_TEST_DECORATOR(*label("X4") * label("F9"))
BOOST_AUTO_TEST_CASE_TEMPLATE(forced_end_displaces_the_failure_of_the_operation, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies(), f.force()));
    f.complete_operation(asio::error::eof);
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.ended_with(errc::timed_out));
    if constexpr (Surface::is_promise) {
        BOOST_REQUIRE(f.end->suppressed().size() == 1u);
        BOOST_TEST((f.end->suppressed()[0].code() == asio::error::eof));
    } else {
        f.check_report(report_kind::displaced_reason, asio::error::eof);
    }
    f.complete_tidying();
}

BOOST_TEST_DECORATOR(*label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(force_may_end_the_cleanup_itself, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies(), [&]() noexcept {
        ++f.forces;
        f.tidying.complete_here(asio::error::operation_aborted);
    }));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.forces == 1);
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.check_report(report_kind::straggler, asio::error::operation_aborted);
    BOOST_TEST(f.alive.use_count() == 1);
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("X4") * label("B1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(straggler_that_never_ends_dies_with_the_context, Surface, surfaces)
{
    decorated_fixture f;
    auto timer = std::make_shared<asio::steady_timer>(*f.context, never);
    auto waits = [timer, token = f.alive]() -> asio::awaitable<void> {
        co_await timer->async_wait(asio::use_awaitable);
    };
    timer.reset();
    f.start<Surface>(within(0ns, std::move(waits), f.force()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.poll();
    f.context.reset();
    BOOST_TEST(f.completions == 1);
    BOOST_TEST(f.reports.count() == 0u);
}

BOOST_TEST_DECORATOR(*label("X4") * label("B1"))
BOOST_AUTO_TEST_CASE_TEMPLATE(straggler_that_is_dropped_is_silent, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(0ns, f.tidies(), f.force()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    f.tidying.drop();
    f.poll();
    BOOST_TEST(f.completions == 1);
    BOOST_TEST(f.reports.count() == 0u);
    BOOST_TEST(f.alive.use_count() == 1);
}

BOOST_TEST_DECORATOR(*label("X4") * label("B2") * label("B3"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_dropped_before_its_deadline, Surface, surfaces)
{
    decorated_fixture f;
    f.start<Surface>(within(never, f.tidies(), f.force()));
    f.complete_operation();
    f.tidying.drop();
    f.poll();
    if constexpr (Surface::is_promise) {
        BOOST_TEST(f.ended_with(errc::broken_promise));
        BOOST_TEST(f.reports.count() == 0u);
    } else {
        BOOST_TEST(f.completions == 0);
        f.check_report(report_kind::abandoned_cleanup, errc::broken_promise);
    }
    BOOST_TEST(f.forces == 0);
    BOOST_TEST(f.alive.use_count() == 1);
    f.context->run();
}

BOOST_AUTO_TEST_CASE(coroutine_of_a_straggler_has_its_closure, *label("X4"))
{
    decorated_fixture f;
    int seen = 0;
    const auto waits = [&f, &seen, value = std::make_shared<int>(5)]() -> asio::awaitable<void> {
        co_await f.tidying.async_run(asio::use_awaitable);
        seen = *value; // through the closure
    };
    f.start<support::token_surface>(within(0ns, waits, f.force()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    f.complete_tidying();
    BOOST_TEST(seen == 5);
}

BOOST_AUTO_TEST_CASE(straggler_has_nothing_of_the_associated_allocator, *label("X4") * label("E6"))
{
    for (const bool fails : {false, true}) {
        decorated_fixture f;
        support::allocation_counts counts;
        int live_at_the_end = -1;
        f.operation.async_run(
            settle::finally(within(0ns, f.tidies(), f.force()),
                            asio::bind_allocator(support::counting_allocator<char>(counts),
                                                 [&](settle::error_code) {
                                                     ++f.completions;
                                                     live_at_the_end = counts.live;
                                                 })));
        BOOST_TEST(counts.live == 1);
        f.complete_operation();
        f.run_until([&] { return f.completions > 0; });
        BOOST_TEST(live_at_the_end == 0);
        BOOST_TEST(counts.allocations == 1);
        f.complete_tidying(fails ? settle::error_code(asio::error::eof) : settle::error_code());
        BOOST_TEST(counts.allocations == 1);
    }
}

BOOST_AUTO_TEST_CASE(copy_has_a_cleanup_of_its_own, *label("X4"))
{
    decorated_fixture f;
    const auto limited = within(never, f.tidies(), f.force());
    f.start<support::token_surface>(limited);
    f.complete_operation();
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
    f.start<support::token_surface>(limited);
    f.complete_operation();
    f.complete_tidying();
    BOOST_TEST(f.cleanups == 2);
    BOOST_TEST(f.completions == 2);

    auto move_only = [token = std::make_unique<int>(), &f] {
        return f.tidying.async_run(asio::deferred);
    };
    using only = decltype(within(never, std::move(move_only), f.force()));
    static_assert(std::is_nothrow_move_constructible_v<only>);
    static_assert(!std::is_copy_constructible_v<only>);
}

BOOST_AUTO_TEST_CASE(deadline_further_out_forces_too, *label("X4"))
{
    decorated_fixture f;
    f.start<support::token_surface>(within(0ns, within(never, f.tidies(), f.force())));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.forces == 1);
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.complete_tidying();
    f.context->run();
}

BOOST_AUTO_TEST_CASE(deadline_further_out_cancels_what_is_inside, *label("X4"))
{
    decorated_fixture f;
    f.start<support::token_surface>(within(0ns, within(never, f.tidies())));
    f.complete_operation();
    f.run_until([&] { return f.tidying.signals() > 0; });
    f.complete_tidying(asio::error::operation_aborted);
    BOOST_TEST(f.ended_with(errc::timed_out));
    f.context->run();
}

BOOST_AUTO_TEST_SUITE_END()
