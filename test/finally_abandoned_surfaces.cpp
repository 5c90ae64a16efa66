// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cleanups that never run, on the awaitable and on the promise surface.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/abandonment.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::next_line;

namespace {

struct fixture : support::abandonment {
    using operation_type = support::manual_operation<void(error_code)>;

    operation_type operation{context->get_executor()};
    operation_type tidying{context->get_executor()};

    asio::awaitable<void> waits()
    {
        const auto local = alive;
        co_await operation.async_run(asio::use_awaitable);
    }

    // Everything is in the parameter, which dies with the frame.
    static asio::awaitable<void> waits_for_ever(std::shared_ptr<asio::steady_timer> timer)
    {
        auto& waits = *timer;
        co_await waits.async_wait(asio::use_awaitable);
    }

    auto tidies_for_ever()
    {
        return support::made_callable(
            [this, timer = endless_timer(), token = alive]() -> asio::awaitable<void> {
                ++cleanups;
                co_await timer->async_wait(asio::use_awaitable);
            });
    }

    // Asio unwinds a coroutine from its executor, and continuations of promises are posted.
    void drop(operation_type& dropped)
    {
        dropped.drop();
        context->restart();
        context->poll();
    }

    void start(asio::awaitable<void> coroutine)
    {
        asio::co_spawn(*context, std::move(coroutine), handler());
        context->restart();
        context->poll();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(abandoned_awaitable, fixture, *label("B2") * label("U5"))

BOOST_AUTO_TEST_CASE(frame_destroyed_while_the_operation_runs_is_reported)
{
    const auto line = next_line();
    start(waits() | finally(synchronous()));
    drop(operation);
    check({line});
}

BOOST_AUTO_TEST_CASE(each_of_nested_frames_is_reported, *label("F16"))
{
    const auto inner = next_line();
    auto one = waits() | finally(asynchronous());
    const auto outer = next_line();
    auto two = std::move(one) | finally(synchronous());
    start(std::move(two));
    drop(operation);
    check({inner, outer});
}

BOOST_AUTO_TEST_CASE(frame_destroyed_while_the_cleanup_runs_is_reported_once)
{
    const auto line = next_line();
    start(waits() | finally(asynchronous(tidying)));
    operation.complete({});
    context->poll();
    BOOST_TEST(tidying.waits());
    drop(tidying);
    check({line}, 1);
}

BOOST_AUTO_TEST_CASE(context_that_dies_takes_a_running_operation_with_it, *label("B1"))
{
    const auto line = next_line();
    start(waits_for_ever(endless_timer()) | finally(asynchronous()));
    context.reset();
    check({line});
}

BOOST_AUTO_TEST_CASE(context_that_dies_takes_a_running_cleanup_with_it, *label("B1"))
{
    const auto line = next_line();
    start(waits() | finally(tidies_for_ever()));
    operation.complete(asio::error::eof);
    context->poll();
    BOOST_TEST(cleanups == 1);
    context.reset();
    check({line}, 1);
}

BOOST_AUTO_TEST_CASE(coroutine_that_never_began_is_not_reported, *label("F17"))
{
    {
        auto guarded = waits() | finally(synchronous());
        static_cast<void>(guarded);
    }
    asio::co_spawn(*context, waits() | finally(synchronous()), handler());
    context.reset();
    check({});
}

BOOST_AUTO_TEST_CASE(empty_cleanup_of_a_coroutine_is_not_reported, *label("F3"))
{
    start(waits() | finally(nullptr));
    drop(operation);
    start(waits() | finally(std::function<void()>()));
    drop(operation);
    check({});
}

BOOST_AUTO_TEST_CASE(token_within_a_coroutine_is_reported)
{
    std::uint_least32_t line = 0;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto local = alive;
        auto cleanup = synchronous();
        line = next_line();
        co_await operation.async_run(finally(cleanup, asio::use_awaitable));
    };
    start(body());
    drop(operation);
    check({line});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(abandoned_promise, fixture, *label("B2") * label("U5"))

BOOST_AUTO_TEST_CASE(promise_whose_context_dies_is_reported_and_nothing_else, *label("B1"))
{
    auto timer = endless_timer();
    auto waiting = timer->async_wait(settle::use_promise);
    const auto first = next_line();
    auto one = std::move(waiting).finally([keep = std::move(timer), f = synchronous()] { f(); });
    const auto second = next_line();
    auto two = std::move(one).finally(asynchronous());
    std::move(two).then(handler()).detach();
    context->poll();
    context.reset();
    check({first, second});
}

BOOST_AUTO_TEST_CASE(undecided_promise_whose_context_dies_is_reported, *label("B1"))
{
    auto [promise, resolver] = settle::with_resolvers<void>(*context);
    const auto line = next_line();
    std::move(promise).finally(synchronous()).detach();
    context.reset();
    check({line});
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_promise_that_runs_as_its_context_dies_is_reported, *label("B1"))
{
    const auto line = next_line();
    settle::resolved(*context).finally(tidies_for_ever()).then(handler()).detach();
    context->poll();
    BOOST_TEST(cleanups == 1);
    context.reset();
    check({line}, 1);
}

BOOST_AUTO_TEST_CASE(operation_dropped_on_a_living_context_breaks_the_promise_and_runs_the_cleanup,
                     *label("B3"))
{
    std::optional<settle::reason> why;
    operation.async_run(settle::use_promise)
        .finally(synchronous())
        .catch_([&](const settle::reason& r) { why = r; })
        .detach();
    drop(operation);
    BOOST_REQUIRE(why);
    BOOST_TEST((why->code() == settle::errc::broken_promise));
    check({}, 1);
}

BOOST_AUTO_TEST_CASE(token_behind_a_promise_is_reported_and_breaks_it, *label("B3"))
{
    std::optional<settle::reason> why;
    const auto line = next_line();
    auto promise = operation.async_run(finally(synchronous(), settle::use_promise));
    std::move(promise).catch_([&](const settle::reason& r) { why = r; }).detach();
    drop(operation);
    BOOST_REQUIRE(why);
    BOOST_TEST((why->code() == settle::errc::broken_promise));
    check({line});
}

BOOST_AUTO_TEST_CASE(cleanup_dropped_after_its_start_breaks_the_promise, *label("B3") * label("F9"))
{
    std::optional<settle::reason> why;
    settle::rejected<void>(*context, asio::error::eof)
        .finally(asynchronous(tidying))
        .catch_([&](const settle::reason& r) { why = r; })
        .detach();
    context->poll();
    BOOST_TEST(tidying.waits());
    drop(tidying);
    BOOST_REQUIRE(why);
    BOOST_TEST((why->code() == settle::errc::broken_promise));
    BOOST_REQUIRE(why->suppressed().size() == 1u);
    BOOST_TEST((why->suppressed()[0].code() == asio::error::eof));
    check({}, 1);
}

BOOST_AUTO_TEST_SUITE_END()
