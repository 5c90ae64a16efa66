// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cancelling the result, and those that have lost.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <ranges>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

using operation = support::manual_operation<void(settle::error_code)>;

// Three operations, and promises of them.
struct three {
    void run()
    {
        context.restart();
        context.poll();
    }

    [[nodiscard]] auto promise_of(operation& one) { return one.async_run(settle::use_promise); }

    [[nodiscard]] bool asked(int a, int b, int c) const
    {
        return std::tuple(first.signals(), second.signals(), third.signals()) ==
               std::tuple(a, b, c);
    }

    asio::io_context context;
    operation first{context.get_executor()};
    operation second{context.get_executor()};
    operation third{context.get_executor()};
};

} // namespace

BOOST_AUTO_TEST_CASE(cancel_asks_every_input_that_is_pending, *label("X5") * label("P10"))
{
    three ops;
    auto all = settle::all(ops.promise_of(ops.first), ops.promise_of(ops.second),
                           ops.promise_of(ops.third));
    ops.second.complete({});
    ops.run();
    all.cancel(asio::cancellation_type::partial);
    ops.run();
    BOOST_TEST(ops.asked(1, 0, 1));
    BOOST_TEST((ops.third.last_signal() == asio::cancellation_type::partial));
    all.cancel();
    ops.run();
    BOOST_TEST(ops.asked(2, 0, 2));
    BOOST_TEST((ops.third.last_signal() == asio::cancellation_type::terminal));
    ops.first.complete(asio::error::operation_aborted);
    ops.third.complete({});
    BOOST_TEST(
        (end_of(ops.context, std::move(all)).error().code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(cancel_of_each_combinator_reaches_its_inputs, *label("X5") * label("P10"))
{
    three ops;
    auto any = settle::any(ops.promise_of(ops.first));
    auto race = settle::race(ops.promise_of(ops.second));
    auto settled = settle::all_settled(ops.promise_of(ops.third));
    any.cancel();
    race.cancel();
    settled.cancel();
    ops.run();
    BOOST_TEST(ops.asked(1, 1, 1));
    ops.first.complete({});
    ops.second.complete({});
    ops.third.complete({});
    BOOST_TEST(end_of(ops.context, std::move(any)).has_value());
    BOOST_TEST(end_of(ops.context, std::move(race)).has_value());
    BOOST_TEST(end_of(ops.context, std::move(settled)).has_value());
}

BOOST_AUTO_TEST_CASE(cancel_goes_through_links_on_both_sides, *label("X5") * label("P10"))
{
    three ops;
    auto inner = settle::race(ops.promise_of(ops.first).then([] {}), ops.promise_of(ops.second));
    auto end = settle::all(std::move(inner).finally([] {}), ops.promise_of(ops.third))
                   .then([](auto, auto) {});
    end.cancel();
    ops.run();
    BOOST_TEST(ops.asked(1, 1, 1));
    ops.first.complete({});
    ops.third.complete({});
    ops.second.complete({});
    BOOST_TEST(end_of(ops.context, std::move(end)).has_value());
}

BOOST_AUTO_TEST_CASE(request_between_the_inputs_and_the_next_goes_to_the_next,
                     *label("X5") * label("P10"))
{
    three ops;
    auto end = settle::all(settle::resolved(ops.context)).then([&](std::monostate) {
        return ops.promise_of(ops.first);
    });
    end.cancel(); // the input has settled, and what it ended with is still queued
    ops.run();
    BOOST_TEST(ops.asked(1, 0, 0));
    ops.first.complete({});
    BOOST_TEST(end_of(ops.context, std::move(end)).has_value());
}

BOOST_AUTO_TEST_CASE(cancel_of_a_settled_result_asks_nobody, *label("X5") * label("P10"))
{
    three ops;
    auto race = settle::race(ops.promise_of(ops.first), ops.promise_of(ops.second));
    ops.first.complete({});
    ops.run();
    race.cancel();
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0));
    ops.second.complete({});
    BOOST_TEST(end_of(ops.context, std::move(race)).has_value());
}

BOOST_AUTO_TEST_CASE(request_that_comes_too_late_goes_on_from_the_start,
                     *label("X5") * label("P10"))
{
    three ops;
    auto end = settle::race(ops.promise_of(ops.first), ops.promise_of(ops.second)).then([&] {
        return ops.promise_of(ops.third);
    });
    ops.first.complete({});
    ops.run();
    end.cancel();
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 1));
    ops.third.complete({});
    ops.second.complete({});
    BOOST_TEST(end_of(ops.context, std::move(end)).has_value());
}

BOOST_AUTO_TEST_CASE(shared_input_is_cancelled_when_all_its_consumers_ask,
                     *label("X5") * label("P10"))
{
    three ops;
    const auto shared = ops.promise_of(ops.first).share();
    auto other = shared.then([] {});
    auto all = settle::all(shared, ops.promise_of(ops.second));
    all.cancel();
    all.cancel(); // still one consumer
    ops.run();
    BOOST_TEST(ops.asked(0, 2, 0));
    other.cancel();
    ops.run();
    BOOST_TEST(ops.asked(1, 2, 0));
    ops.first.complete({});
    ops.second.complete({});
    BOOST_TEST(end_of(ops.context, std::move(all)).has_value());
    BOOST_TEST(end_of(ops.context, std::move(other)).has_value());
}

BOOST_AUTO_TEST_CASE(shared_promise_given_twice_is_two_consumers, *label("X5") * label("P10"))
{
    three ops;
    const auto shared = ops.promise_of(ops.first).share();
    const std::vector handles{shared, shared};
    auto all = settle::all(ops.context, handles);
    all.cancel();
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0)); // shared itself has attached nothing
    auto last = shared.then([] {});
    last.cancel();
    ops.run();
    BOOST_TEST(ops.asked(1, 0, 0));
    ops.first.complete({});
    BOOST_TEST(end_of(ops.context, std::move(all)).has_value());
    BOOST_TEST(end_of(ops.context, std::move(last)).has_value());
}

BOOST_AUTO_TEST_CASE(losers_of_a_race_are_cancelled_on_request, *label("P10") * label("X5"))
{
    support::report_collector reports;
    three ops;
    auto race = settle::race(settle::cancel_losers, ops.promise_of(ops.first),
                             ops.promise_of(ops.second), ops.promise_of(ops.third));
    ops.second.complete({});
    ops.run();
    BOOST_TEST(ops.asked(1, 0, 1));
    BOOST_TEST((ops.first.last_signal() == asio::cancellation_type::terminal));
    ops.first.complete(asio::error::operation_aborted);
    ops.third.complete(asio::error::operation_aborted);
    BOOST_TEST(end_of(ops.context, std::move(race)).has_value());
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(losers_run_on_without_the_request, *label("P10"))
{
    three ops;
    auto race = settle::race(ops.promise_of(ops.first), ops.promise_of(ops.second));
    ops.second.complete({});
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0));
    ops.first.complete({});
    BOOST_TEST(end_of(ops.context, std::move(race)).has_value());
}

BOOST_AUTO_TEST_CASE(rejection_does_not_cancel_the_losers_of_any, *label("P10") * label("X5"))
{
    three ops;
    auto any = settle::any(settle::cancel_losers, ops.promise_of(ops.first),
                           ops.promise_of(ops.second), ops.promise_of(ops.third));
    ops.first.complete(asio::error::eof);
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0));
    ops.third.complete({});
    ops.run();
    BOOST_TEST(ops.asked(0, 1, 0));
    ops.second.complete(asio::error::operation_aborted);
    BOOST_TEST(end_of(ops.context, std::move(any)).has_value());
}

BOOST_AUTO_TEST_CASE(rejection_cancels_the_rest_of_all, *label("P10") * label("X5"))
{
    three ops;
    std::vector<settle::promise<void>> promises;
    promises.push_back(ops.promise_of(ops.first));
    promises.push_back(ops.promise_of(ops.second));
    promises.push_back(ops.promise_of(ops.third));
    auto all = settle::all(settle::cancel_losers, ops.context, std::move(promises));
    ops.first.complete({});
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0));
    ops.third.complete(asio::error::eof);
    ops.run();
    BOOST_TEST(ops.asked(0, 1, 0));
    ops.second.complete(asio::error::operation_aborted);
    BOOST_TEST((end_of(ops.context, std::move(all)).error().code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(result_is_queued_before_the_losers_are_asked, *label("P10") * label("X5"))
{
    three ops;
    int order = 0;
    int settled = 0;
    auto made = settle::with_resolvers<void>(ops.context);
    made.resolver.slot().assign([&](asio::cancellation_type) {
        ++order;
        // Asked from the same turn that settled the result, whose consumer has yet to run.
        BOOST_TEST(settled == 0);
    });
    settle::race(settle::cancel_losers, settle::resolved(ops.context), std::move(made.promise))
        .then([&] { settled = ++order; })
        .detach();
    ops.run();
    BOOST_TEST(order == 2);
    BOOST_TEST(settled == 2);
}

BOOST_AUTO_TEST_CASE(losers_of_a_range_that_throws_are_cancelled, *label("P10") * label("X5"))
{
    three ops;
    int made = 0;
    auto all = settle::all(settle::cancel_losers, ops.context,
                           std::views::iota(0, 2) | std::views::transform([&](int i) {
                               if (i == 1)
                                   throw settle::reason(errc::timed_out);
                               ++made;
                               return ops.promise_of(ops.first);
                           }));
    ops.run();
    BOOST_TEST(made == 1);
    BOOST_TEST(ops.asked(1, 0, 0));
    ops.first.complete(asio::error::operation_aborted);
    BOOST_TEST(end_of(ops.context, std::move(all)).has_error());
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_loser_is_shielded, *label("P10") * label("X2"))
{
    three ops;
    auto cleaning =
        settle::resolved(ops.context).finally([&] { return ops.first.async_run(asio::deferred); });
    auto race =
        settle::race(settle::cancel_losers, std::move(cleaning), ops.promise_of(ops.second));
    ops.run();
    ops.second.complete({});
    ops.run();
    BOOST_TEST(ops.asked(0, 0, 0));
    ops.first.complete({});
    BOOST_TEST(end_of(ops.context, std::move(race)).has_value());
}
