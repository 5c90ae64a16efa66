// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/async_drain.hpp>

#include "support/decorated.hpp"

#include <settle/cleanup_stack.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::async_drain;
using settle::best_effort;
using settle::drain_result;
using settle::errc;
using settle::report_kind;
using settle::within;
using support::decorated_fixture;
using support::never;
using support::surfaces;
using namespace std::chrono_literals;

namespace {

struct fixture : decorated_fixture {
    int drained = 0;
    settle::error_code code;
    drain_result result;

    auto handler()
    {
        return [this](settle::error_code ec, drain_result r) {
            ++drained;
            code = ec;
            result = r;
        };
    }

    void drain(std::chrono::steady_clock::duration deadline)
    {
        async_drain(*context, deadline, handler());
        poll();
    }

    void check(std::uint64_t completed, std::uint64_t forced, std::uint64_t abandoned,
               std::uint64_t running) const
    {
        BOOST_TEST(drained == 1);
        BOOST_TEST(!code);
        BOOST_TEST(result.completed == completed);
        BOOST_TEST(result.forced == forced);
        BOOST_TEST(result.abandoned == abandoned);
        BOOST_TEST(result.operations_running == running);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(draining)

BOOST_AUTO_TEST_CASE(nothing_to_wait_for, *label("E7"))
{
    fixture f;
    async_drain(*f.context, never, f.handler());
    BOOST_TEST(f.drained == 0);
    f.context->run(); // would not return if the timer went on
    f.check(0, 0, 0, 0);
}

BOOST_TEST_DECORATOR(*label("F15"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_in_flight_is_waited_for, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(f.tidies());
    f.complete_operation();
    f.drain(never);
    BOOST_TEST(f.drained == 0);
    BOOST_TEST(f.tidying.signals() == 0);
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
    f.check(1, 0, 0, 0);
    f.context->run();
}

BOOST_TEST_DECORATOR(*label("F15"))
BOOST_AUTO_TEST_CASE_TEMPLATE(operation_that_runs_is_only_counted, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(f.tidies());
    f.drain(never);
    f.check(0, 0, 0, 1);
    BOOST_TEST(f.operation.signals() == 0);
    f.complete_operation();
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
}

BOOST_TEST_DECORATOR(*label("F15"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_becomes_due_meanwhile_is_waited_for, Surface, surfaces)
{
    fixture f;
    fixture g;
    f.start<Surface>(f.tidies());
    support::plain_operation other(f.context->get_executor());
    int ended = 0;
    other.async_run(settle::finally([&] { return g.tidying.async_run(asio::deferred); },
                                    [&](settle::error_code) { ++ended; }));
    f.complete_operation();
    f.drain(never);
    other.complete({});
    f.poll();
    f.complete_tidying();
    BOOST_TEST(f.drained == 0);
    g.tidying.complete({});
    g.poll();
    f.poll();
    BOOST_TEST(ended == 1);
    f.check(2, 0, 0, 0);
}

BOOST_TEST_DECORATOR(*label("X2"))
BOOST_AUTO_TEST_CASE_TEMPLATE(deadline_cancels_the_cleanup, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(f.tidies());
    f.complete_operation();
    async_drain(*f.context, 0ns, f.handler());
    f.run_until([&] { return f.tidying.signals() > 0; });
    BOOST_TEST((f.tidying.last_signal() == asio::cancellation_type::terminal));
    BOOST_TEST(f.drained == 0);
    f.complete_tidying(asio::error::operation_aborted);
    BOOST_TEST(f.ended_with(asio::error::operation_aborted));
    BOOST_TEST(f.tidying.signals() == 1);
    f.check(0, 1, 0, 0);
}

BOOST_TEST_DECORATOR(*label("X2") * label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(deadline_applies_the_force, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(best_effort(within(never, f.tidies(), f.force())));
    f.complete_operation();
    async_drain(*f.context, 0ns, f.handler());
    f.run_until([&] { return f.drained > 0; });
    f.poll();
    BOOST_TEST(f.forces == 1);
    BOOST_TEST(f.ended_well());
    f.check_report(report_kind::cleanup_failed, errc::timed_out);
    f.check(0, 1, 0, 0);
    f.complete_tidying();
}

BOOST_TEST_DECORATOR(*label("X2"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_does_not_end_is_abandoned, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(f.tidies());
    f.complete_operation();
    async_drain(*f.context, 0ns, f.handler());
    f.run_until([&] { return f.drained > 0; });
    f.check(0, 0, 1, 0);
    BOOST_TEST(f.tidying.signals() == 1);
    f.complete_tidying();
    BOOST_TEST(f.ended_well());
}

BOOST_TEST_DECORATOR(*label("B1") * label("B2"))
BOOST_AUTO_TEST_CASE_TEMPLATE(context_dies_while_it_is_drained, Surface, surfaces)
{
    fixture f;
    auto timer = std::make_shared<asio::steady_timer>(*f.context, never);
    auto waits = [timer, token = f.alive] { return timer->async_wait(asio::deferred); };
    timer.reset();
    f.start<Surface>(std::move(waits));
    f.complete_operation();
    async_drain(*f.context, never,
                [&f, token = f.alive](settle::error_code, drain_result) { ++f.drained; });
    f.poll();
    f.context.reset();
    BOOST_TEST(f.drained == 0);
    BOOST_TEST(f.alive.use_count() == 1);
    f.check_report(report_kind::abandoned_cleanup, errc::broken_promise);
}

BOOST_AUTO_TEST_CASE(several_drains_count_what_ends_during_each, *label("E8"))
{
    fixture f;
    fixture g;
    f.start<support::token_surface>(f.tidies());
    f.complete_operation();
    f.drain(never);
    async_drain(*f.context, never, g.handler());
    f.poll();
    f.complete_tidying();
    f.check(1, 0, 0, 0);
    g.check(1, 0, 0, 0);
    g.drained = 0;
    async_drain(*f.context, never, g.handler());
    f.poll();
    g.check(0, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(cleanup_that_is_dropped_counts_as_abandoned, *label("B2"))
{
    fixture f;
    f.start<support::token_surface>(f.tidies());
    f.complete_operation();
    f.drain(never);
    f.tidying.drop();
    f.poll();
    f.check(0, 0, 1, 0);
}

BOOST_AUTO_TEST_CASE(wait_can_be_cancelled, *label("X1"))
{
    fixture f;
    asio::cancellation_signal signal;
    f.start<support::token_surface>(f.tidies());
    f.complete_operation();
    async_drain(*f.context, never, asio::bind_cancellation_slot(signal.slot(), f.handler()));
    f.poll();
    signal.emit(asio::cancellation_type::partial);
    f.poll();
    BOOST_TEST(f.drained == 1);
    BOOST_TEST((f.code == asio::error::operation_aborted));
    BOOST_TEST(f.result.abandoned == 1u);
    BOOST_TEST(f.tidying.signals() == 0);
    signal.emit(asio::cancellation_type::terminal);
    f.complete_tidying();
    f.context->run();
    BOOST_TEST(f.drained == 1);
}

BOOST_AUTO_TEST_CASE(wait_is_cancelled_before_it_has_begun, *label("X1"))
{
    fixture f;
    asio::cancellation_signal signal;
    f.start<support::token_surface>(f.tidies());
    f.complete_operation();
    async_drain(*f.context, never, asio::bind_cancellation_slot(signal.slot(), f.handler()));
    signal.emit(asio::cancellation_type::terminal);
    BOOST_TEST(f.drained == 0); // never inside emit()
    f.poll();
    BOOST_TEST(f.drained == 1);
    BOOST_TEST((f.code == asio::error::operation_aborted));
    f.complete_tidying();
}

BOOST_AUTO_TEST_CASE(stack_that_is_disposed_is_waited_for, *label("K1"))
{
    fixture f;
    settle::cleanup_stack stack(*f.context);
    int synchronous = 0;
    stack.defer(f.tidies());
    stack.defer([&] { ++synchronous; });
    stack.defer([&] { return asio::post(*f.context, asio::deferred); });
    f.drain(never);
    f.check(0, 0, 0, 0); // nothing of it runs yet
    f.drained = 0;
    stack.dispose().detach();
    f.drain(never);
    BOOST_TEST(synchronous == 1);
    BOOST_TEST(f.drained == 0);
    f.complete_tidying();
    f.check(2, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(entries_are_cancelled_when_their_turn_comes, *label("K1") * label("X2"))
{
    fixture f;
    settle::cleanup_stack stack(*f.context);
    int ended = 0;
    for (int i = 0; i < 3; ++i)
        stack.defer([&]() -> asio::awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor, never);
            const auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
            ended += ec == asio::error::operation_aborted;
        });
    stack.dispose().detach();
    async_drain(*f.context, 0ns, f.handler());
    f.run_until([&] { return f.drained > 0; });
    BOOST_TEST(ended == 3);
    f.check(0, 3, 0, 0);
}

BOOST_AUTO_TEST_CASE(body_with_a_stack_is_an_operation_of_nobody, *label("K2"))
{
    fixture f;
    settle::with_cleanup(*f.context, [&](settle::cleanup_stack& stack) {
        stack.defer(f.tidies());
        return f.operation.async_run(asio::deferred);
    }).detach();
    f.drain(never);
    f.check(0, 0, 0, 0);
    f.drained = 0;
    f.complete_operation();
    f.drain(never);
    BOOST_TEST(f.drained == 0);
    f.complete_tidying();
    f.check(1, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(every_kind_of_token_and_deadline, *label("S8"))
{
    fixture f;
    std::optional<drain_result> seen;
    asio::co_spawn(
        *f.context,
        [&]() -> asio::awaitable<void> {
            const auto deadline = std::chrono::steady_clock::now() + 1h;
            seen = co_await async_drain(*f.context, deadline, asio::use_awaitable);
        },
        asio::detached);
    auto later = async_drain(*f.context, 1h, asio::use_future);
    auto promised =
        async_drain(*f.context, std::chrono::system_clock::now() + 1h, settle::use_promise);
    int ended = 0;
    std::move(promised).then([&](drain_result) { ++ended; }).detach();
    f.poll();
    BOOST_TEST((seen == drain_result()));
    BOOST_TEST((later.get() == drain_result()));
    BOOST_TEST(ended == 1);
}

BOOST_AUTO_TEST_CASE(handler_is_called_on_its_own_executor, *label("E3"))
{
    fixture f;
    asio::io_context other;
    async_drain(*f.context, never, asio::bind_executor(other, f.handler()));
    f.poll();
    BOOST_TEST(f.drained == 0);
    other.run();
    f.check(0, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(cleanups_of_another_context_are_not_waited_for, *label("E8"))
{
    fixture f;
    fixture g;
    g.start<support::token_surface>(g.tidies());
    g.complete_operation();
    f.drain(never);
    f.check(0, 0, 0, 0);
    g.complete_tidying();
}

BOOST_AUTO_TEST_SUITE_END()
