// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Decorators within one another, in every order, on every surface.

#include <settle/decorators.hpp>

#include "support/counting_allocator.hpp"
#include "support/decorated.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::best_effort;
using settle::errc;
using settle::on_abandon;
using settle::report_kind;
using settle::within;
using support::decorated_fixture;
using support::never;
using namespace std::chrono_literals;

namespace {

// The orders, outermost first.

template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 0>, After after, Cleanup c, Force f, Fallback b)
{
    return within(after, best_effort(on_abandon(std::move(c), b)), f);
}
template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 1>, After after, Cleanup c, Force f, Fallback b)
{
    return within(after, on_abandon(best_effort(std::move(c)), b), f);
}
template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 2>, After after, Cleanup c, Force f, Fallback b)
{
    return best_effort(within(after, on_abandon(std::move(c), b), f));
}
template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 3>, After after, Cleanup c, Force f, Fallback b)
{
    return best_effort(on_abandon(within(after, std::move(c), f), b));
}
template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 4>, After after, Cleanup c, Force f, Fallback b)
{
    return on_abandon(within(after, best_effort(std::move(c)), f), b);
}
template <class After, class Cleanup, class Force, class Fallback>
auto decorate(std::integral_constant<int, 5>, After after, Cleanup c, Force f, Fallback b)
{
    return on_abandon(best_effort(within(after, std::move(c), f)), b);
}

template <class Surface, int Order>
struct cell {
    using surface = Surface;
    using order = std::integral_constant<int, Order>;
    // A deadline that passes is the effort's failure too.
    static constexpr bool effort_is_outside = Order == 2 || Order == 3 || Order == 5;
};

template <class Surface>
using orders_of = std::tuple<cell<Surface, 0>, cell<Surface, 1>, cell<Surface, 2>, cell<Surface, 3>,
                             cell<Surface, 4>, cell<Surface, 5>>;

using cells = decltype(std::tuple_cat(orders_of<support::token_surface>(),
                                      orders_of<support::promise_surface>(),
                                      orders_of<support::awaitable_surface>()));

} // namespace

BOOST_AUTO_TEST_SUITE(nested_decorators)

BOOST_TEST_DECORATOR(*label("X4") * label("B2") * label("F6") * label("F14"))
BOOST_AUTO_TEST_CASE_TEMPLATE(failure_in_time_is_reported_and_the_outcome_passes, Cell, cells)
{
    using surface = typename Cell::surface;
    decorated_fixture f;
    f.start<surface>(decorate(typename Cell::order(), never, f.tidies(), f.force(), f.fallback()));
    f.complete_operation(asio::error::eof);
    f.complete_tidying(asio::error::broken_pipe);
    BOOST_TEST(f.cleanups == 1);
    BOOST_TEST(f.ended_with(asio::error::eof));
    f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(f.reports.count() == 1u);
    f.check_released();
    f.context->run();

    // A synchronous one that throws, and cannot be copied.
    decorated_fixture g;
    g.start<surface>(decorate(
        typename Cell::order(), never,
        [&g, only = std::make_unique<int>()] {
            ++g.cleanups;
            throw boost::system::system_error(asio::error::broken_pipe);
        },
        g.force(), g.fallback()));
    g.complete_operation();
    BOOST_TEST(g.cleanups == 1);
    BOOST_TEST(g.ended_well());
    g.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(g.forces + g.fallbacks == 0);
    g.check_released();
}

BOOST_TEST_DECORATOR(*label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(deadline_that_passes_is_forced_in_every_order, Cell, cells)
{
    using surface = typename Cell::surface;
    decorated_fixture f;
    f.start<surface>(decorate(typename Cell::order(), 0ns, f.tidies(), f.force(), f.fallback()));
    f.complete_operation();
    f.run_until([&] { return f.completions > 0; });
    BOOST_TEST(f.forces == 1);
    if constexpr (Cell::effort_is_outside) {
        BOOST_TEST(f.ended_well());
        f.check_report(report_kind::cleanup_failed, errc::timed_out);
    } else {
        BOOST_TEST(f.ended_with(errc::timed_out));
    }
    const auto told = f.reports.count();
    f.complete_tidying(asio::error::broken_pipe);
    // The failure of the effort that the straggler is, or the straggler's own.
    BOOST_TEST(f.reports.count() == told + 1);
    if constexpr (Cell::effort_is_outside)
        f.check_report(report_kind::straggler, asio::error::broken_pipe);
    else
        f.check_report(report_kind::cleanup_failed, asio::error::broken_pipe);
    BOOST_TEST(f.completions == 1);
    BOOST_TEST(f.fallbacks == 0);
    BOOST_TEST(f.alive.use_count() == 1);
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("B2") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(dropped_operation_has_its_fallback_in_every_order, Cell, cells)
{
    using surface = typename Cell::surface;
    decorated_fixture f;
    f.start<surface>(decorate(typename Cell::order(), never, f.tidies(), f.force(), f.fallback()));
    f.operation.drop();
    f.poll();
    if constexpr (surface::is_promise) {
        f.complete_tidying();
        BOOST_TEST(f.ended_with(errc::broken_promise));
        BOOST_TEST(f.cleanups == 1);
        BOOST_TEST(f.fallbacks == 0);
    } else {
        BOOST_TEST(f.completions == 0);
        BOOST_TEST(f.cleanups == 0);
        BOOST_TEST(f.fallbacks == 1);
    }
    BOOST_TEST(f.reports.count() == 0u);
    BOOST_TEST(f.alive.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(synchronous_cleanup_allocates_nothing,
                     *label("X4") * label("B2") * label("S1"))
{
    decorated_fixture f;
    support::allocation_counts counts;
    f.operation.async_run(settle::finally(
        best_effort(within(never, on_abandon(f.returns(), f.fallback()), f.force())),
        asio::bind_allocator(support::counting_allocator<char>(counts),
                             [&](settle::error_code) { ++f.completions; })));
    f.complete_operation();
    BOOST_TEST(f.completions == 1);
    BOOST_TEST(counts.allocations == 0);
}

BOOST_AUTO_TEST_CASE(memory_of_the_allocator_is_given_back_before_downstream, *label("E6"))
{
    decorated_fixture f;
    support::allocation_counts counts;
    int live = -1;
    f.operation.async_run(
        settle::finally(best_effort(within(never, f.tidies())),
                        asio::bind_allocator(support::counting_allocator<char>(counts),
                                             [&](settle::error_code) { live = counts.live; })));
    f.complete_operation();
    BOOST_TEST(counts.live > 0);
    f.complete_tidying();
    BOOST_TEST(live == 0);
}

BOOST_AUTO_TEST_CASE(piped_decorated_cleanup_can_be_used_again, *label("S8"))
{
    decorated_fixture f;
    const auto guarded = settle::finally(best_effort(within(never, f.tidies(), f.force())));
    for (int i = 1; i <= 2; ++i) {
        auto operation = f.operation.async_run(asio::deferred) | guarded;
        std::move(operation)([&](settle::error_code) { ++f.completions; });
        f.complete_operation();
        f.complete_tidying();
        BOOST_TEST(f.completions == i);
    }
}

BOOST_AUTO_TEST_SUITE_END()
