// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cancelling the promise of a coroutine.

#include <settle/coroutine.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"

#include <settle/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>

namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::errc;
using settle::error_code;
using support::end_of;

using operation = support::manual_operation<void(error_code)>;

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    operation first{context.get_executor()};
    operation second{context.get_executor()};
    int steps = 0;

    asio::io_context::executor_type get_executor() { return context.get_executor(); }

    void poll()
    {
        context.poll();
        context.restart();
    }

    settle::promise<void> one()
    {
        co_await first.async_run(asio::deferred);
        ++steps;
    }

    settle::promise<void> one_then_the_other()
    {
        try {
            co_await first.async_run(asio::deferred);
        } catch (const boost::system::system_error&) {
            ++steps;
        }
        co_await second.async_run(asio::deferred);
        ++steps;
    }
};

settle::promise<int> link(settle::promise<int> before)
{
    co_return 1 + co_await std::move(before);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(coroutine_cancel, fixture)

BOOST_AUTO_TEST_CASE(request_reaches_the_awaited_operation, *label("C2") * label("X5"))
{
    auto p = one();
    p.cancel(cancellation_type::partial);
    poll();
    BOOST_TEST(first.signals() == 1);
    BOOST_TEST((first.last_signal() == cancellation_type::partial));
    first.complete(asio::error::operation_aborted);
    const auto end = end_of(context, std::move(p));
    BOOST_TEST((end.error().code() == asio::error::operation_aborted));
    BOOST_TEST(steps == 0);
}

BOOST_AUTO_TEST_CASE(request_is_spent_on_one_operation, *label("C2") * label("X5"))
{
    auto p = one_then_the_other();
    p.cancel();
    poll();
    first.complete(asio::error::operation_aborted);
    poll();
    BOOST_TEST(steps == 1);
    BOOST_TEST(second.signals() == 0);
    p.cancel();
    poll();
    BOOST_TEST(second.signals() == 1);
    BOOST_TEST(first.signals() == 1);
    second.complete({});
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(request_between_two_operations_goes_to_the_next, *label("C2") * label("X5"))
{
    auto p = one_then_the_other();
    asio::post(context, [&] {
        first.complete_here({});
        p.cancel(); // it is queued
        BOOST_TEST(first.signals() == 0);
    });
    poll();
    BOOST_TEST(second.signals() == 1);
    second.complete(asio::error::operation_aborted);
    poll();
    BOOST_TEST(steps == 0);
    BOOST_TEST((end_of(context, std::move(p)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(operation_that_has_no_slot_does_not_get_an_old_ones,
                     *label("C2") * label("X5"))
{
    auto [pending, decides] = settle::with_resolvers<void>(context);
    const auto body = [&](asio::io_context&) -> settle::promise<void> {
        co_await first.async_run(asio::deferred);
        co_await std::move(pending);
    };
    auto p = body(context);
    first.complete({});
    poll();
    p.cancel();
    poll();
    BOOST_TEST(first.signals() == 0);
    decides.resolve();
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(request_goes_through_promises_to_their_operation, *label("C2") * label("X5"))
{
    const auto outer = [](asio::io_context&, settle::promise<void> p) -> settle::promise<void> {
        co_await std::move(p).then([] {});
    };
    auto p = outer(context, outer(context, one()));
    p.cancel();
    poll();
    BOOST_TEST(first.signals() == 1);
    first.complete(asio::error::operation_aborted);
    BOOST_TEST((end_of(context, std::move(p)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(request_goes_into_an_awaitable_and_an_outcome, *label("C2") * label("X5"))
{
    const auto body = [&](asio::io_context&) -> settle::promise<void> {
        const auto awaits = [&]() -> asio::awaitable<void> {
            co_await first.async_run(asio::use_awaitable);
        };
        try {
            co_await awaits();
        } catch (const boost::system::system_error&) {
            ++steps;
        }
        const auto end = co_await settle::as_outcome(one());
        BOOST_TEST(end.has_error());
        ++steps;
    };
    auto p = body(context);
    for (int i = 1; i <= 2; ++i) {
        poll();
        p.cancel();
        poll();
        BOOST_TEST(first.signals() == i);
        first.complete(asio::error::operation_aborted);
    }
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(steps == 2);
}

BOOST_AUTO_TEST_CASE(request_reaches_what_was_returned, *label("C2") * label("X5"))
{
    const auto returns_operation = [&](asio::io_context& c) -> settle::promise<error_code> {
        co_return [](asio::io_context&, operation& o) -> settle::promise<error_code> {
            co_await o.async_run(asio::deferred);
            co_return error_code();
        }(c, first);
    };
    auto p = returns_operation(context);
    p.cancel();
    poll();
    BOOST_TEST(first.signals() == 1);
    first.complete(asio::error::operation_aborted);
    BOOST_TEST(end_of(context, std::move(p)).has_error());
}

BOOST_AUTO_TEST_CASE(unspent_request_goes_on_to_who_waits, *label("C2") * label("X5"))
{
    const auto ends = [](asio::io_context& c) -> settle::promise<void> {
        co_await settle::resolved(c);
    };
    auto p = ends(context).then([&] { return first.async_run(asio::deferred); });
    p.cancel(); // the coroutine is queued
    poll();
    BOOST_TEST(first.signals() == 1);
    first.complete({});
    poll();
    std::move(p).detach();
}

BOOST_AUTO_TEST_CASE(shared_promise_is_asked_once_all_have_asked, *label("C2") * label("X5"))
{
    auto shared = one().share();
    const auto awaits = [](asio::io_context&,
                           const settle::shared_promise<void>& s) -> settle::promise<void> {
        co_await s; // in place of the handle
    };
    auto p = awaits(context, shared);
    auto q = shared.then([] {});
    p.cancel();
    poll();
    BOOST_TEST(first.signals() == 0);
    q.cancel();
    poll();
    BOOST_TEST(first.signals() == 1);
    first.complete(asio::error::operation_aborted);
    BOOST_TEST(end_of(context, std::move(p)).has_error());
    BOOST_TEST(end_of(context, std::move(q)).has_error());
}

BOOST_AUTO_TEST_CASE(request_passes_a_long_chain_of_coroutines,
                     *label("C2") * label("X5") * label("E2"))
{
    constexpr int links = 100'000;
    const auto zero = [&](asio::io_context&) -> settle::promise<int> {
        co_await first.async_run(asio::deferred);
        co_return 0;
    };
    settle::promise<int> last = zero(context);
    for (int i = 0; i < links; ++i)
        last = link(std::move(last));
    last.cancel();
    poll();
    BOOST_TEST(first.signals() == 1);
    first.complete(asio::error::operation_aborted);
    const auto end = end_of(context, std::move(last));
    BOOST_TEST((end.error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(dropping_the_promise_does_not_cancel, *label("C2") * label("P9"))
{
    {
        const auto dropped = one();
    }
    poll();
    BOOST_TEST(first.signals() == 0);
    first.complete({});
    poll();
    BOOST_TEST(steps == 1);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
