// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// all: what it makes of values and of rejections.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::counted;
using support::end_of;

// Neither copied nor made from nothing.
struct ticket {
    explicit ticket(int n)
        : number(std::make_unique<int>(n))
    {
    }

    std::unique_ptr<int> number;
};

// Throws when it is moved for the n-th time.
struct brittle {
    explicit brittle(int moves_left)
        : left(moves_left)
    {
    }

    brittle(brittle&& other)
        : left(other.left - 1)
    {
        if (left < 0)
            throw support::operation_error();
    }

    int left;
};

} // namespace

BOOST_AUTO_TEST_CASE(values_come_in_the_order_of_the_arguments, *label("P10"))
{
    asio::io_context context;
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<std::string>(context);
    auto all = settle::all(std::move(first.promise), std::move(second.promise));
    second.resolver.resolve("two");
    first.resolver.resolve(1);
    BOOST_TEST((end_of(context, std::move(all)).value() == std::tuple(1, "two")));
}

BOOST_AUTO_TEST_CASE(void_counts_as_monostate, *label("P10"))
{
    asio::io_context context;
    auto all = settle::all(settle::resolved(context), settle::resolved(context, 2));
    static_assert(std::is_same_v<decltype(all)::value_type, std::tuple<std::monostate, int>>);
    BOOST_TEST(std::get<1>(end_of(context, std::move(all)).value()) == 2);
}

BOOST_AUTO_TEST_CASE(handler_takes_the_elements, *label("P10") * label("P4"))
{
    asio::io_context context;
    auto sum = settle::all(settle::resolved(context, 1), settle::resolved(context, 2))
                   .then([](int a, int b) { return a + b; });
    BOOST_TEST(end_of(context, std::move(sum)).value() == 3);
}

BOOST_AUTO_TEST_CASE(values_are_moved_and_need_no_default, *label("P10"))
{
    asio::io_context context;
    counted::copies = 0;
    auto all =
        settle::all(settle::resolved(context, ticket(1)), settle::resolved(context, counted(2)));
    const auto [t, c] = end_of(context, std::move(all)).value();
    BOOST_TEST(*t.number == 1);
    BOOST_TEST(c.id() == 2);
    BOOST_TEST(counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(tuple_as_a_value_is_kept_as_it_is, *label("P10"))
{
    asio::io_context context;
    auto tuples = settle::all(settle::resolved(context, std::tuple(1)));
    BOOST_TEST((std::get<0>(end_of(context, std::move(tuples)).value()) == std::tuple(1)));
}

BOOST_AUTO_TEST_CASE(value_that_throws_when_moved_rejects, *label("P10") * label("F10"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<brittle>(context);
    r.resolve(3); // made in place
    auto all = settle::all(std::move(p)).then([](brittle) {});
    BOOST_TEST(end_of(context, std::move(all)).has_value());

    auto [q, s] = settle::with_resolvers<brittle>(context);
    s.resolve(0);
    auto failing = end_of(context, settle::all(std::move(q)).then([](brittle) {}));
    BOOST_TEST(support::holds<support::operation_error>(failing.error().exception()));
}

BOOST_AUTO_TEST_CASE(first_rejection_to_come_rejects, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto third = settle::with_resolvers<int>(context);
    auto all =
        settle::all(std::move(first.promise), std::move(second.promise), std::move(third.promise));
    first.resolver.resolve(1);
    third.resolver.reject(asio::error::eof);
    second.resolver.reject(asio::error::connection_reset);
    BOOST_TEST((end_of(context, std::move(all)).error().code() == asio::error::eof));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(rejects_before_the_others_have_settled, *label("P10"))
{
    asio::io_context context;
    auto pending = settle::with_resolvers<int>(context);
    auto all =
        settle::all(std::move(pending.promise), settle::rejected<int>(context, asio::error::eof));
    BOOST_TEST((end_of(context, std::move(all)).error().code() == asio::error::eof));
    BOOST_TEST(pending.resolver.resolve(1));
    context.restart();
    context.run();
}

BOOST_AUTO_TEST_CASE(reason_keeps_what_it_displaced, *label("P10") * label("F9"))
{
    asio::io_context context;
    settle::reason why(std::make_exception_ptr(support::cleanup_error()));
    why.suppress(asio::error::eof);
    const auto exception = why.exception();
    auto all = settle::all(settle::rejected<int>(context, std::move(why)));
    const auto end = end_of(context, std::move(all)).error();
    BOOST_TEST((end.exception() == exception));
    BOOST_REQUIRE(end.suppressed().size() == 1U);
    BOOST_TEST((end.suppressed()[0].code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(values_of_the_losers_are_destroyed_when_it_rejects, *label("P10"))
{
    asio::io_context context;
    const auto value = std::make_shared<int>(1);
    auto early = settle::with_resolvers<std::shared_ptr<int>>(context);
    auto late = settle::with_resolvers<std::shared_ptr<int>>(context);
    auto failing = settle::with_resolvers<int>(context);
    auto pending = settle::with_resolvers<int>(context);
    bool released = false;
    settle::all(std::move(early.promise), std::move(failing.promise), std::move(late.promise),
                std::move(pending.promise))
        .catch_([&](const settle::reason& why)
                    -> settle::outcome<
                        std::tuple<std::shared_ptr<int>, int, std::shared_ptr<int>, int>> {
            released = value.use_count() == 1;
            return why;
        })
        .then([](const auto&...) {}, [](const settle::reason&) {})
        .detach();
    {
        const auto last = std::move(early.resolver);
        last.resolve(value);
    }
    context.run();
    BOOST_TEST(value.use_count() == 2);
    failing.resolver.reject(errc::timed_out);
    context.restart();
    context.run();
    BOOST_TEST(released);
    {
        const auto last = std::move(late.resolver);
        last.resolve(value);
    }
    context.restart();
    context.run();
    BOOST_TEST(value.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(shared_promises_are_copied_from, *label("P10"))
{
    asio::io_context context;
    const auto shared = settle::resolved(context, std::string("s")).share();
    auto all = settle::all(shared, settle::resolved(context, 1), shared);
    BOOST_TEST((end_of(context, std::move(all)).value() == std::tuple("s", 1, "s")));
    BOOST_TEST(end_of(context, shared.then([](const std::string& s) { return s; })).value() == "s");
}

BOOST_AUTO_TEST_CASE(of_nothing_is_fulfilled, *label("P10"))
{
    asio::io_context context;
    auto nothing = settle::all(context);
    static_assert(std::is_same_v<decltype(nothing)::value_type, std::tuple<>>);
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
}

BOOST_AUTO_TEST_CASE(executor_of_the_result_is_that_of_the_first, *label("P10") * label("E1"))
{
    asio::io_context context;
    asio::io_context other;
    settle::promise<int> erased = settle::resolved(other, 1);
    auto all = settle::all(settle::resolved(context, 1), std::move(erased));
    static_assert(std::is_same_v<decltype(all)::executor_type, asio::io_context::executor_type>);
    BOOST_TEST((all.get_executor() == context.get_executor()));
    BOOST_TEST((end_of(context, std::move(all)).value() == std::tuple(1, 1)));
    BOOST_TEST(other.poll() == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_runs_inside_the_call, *label("P10") * label("E1"))
{
    asio::io_context context;
    bool ran = false;
    settle::all(settle::resolved(context, 1)).then([&](int) { ran = true; }).detach();
    BOOST_TEST(!ran);
    context.run();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(rejected_result_that_nobody_observes_is_reported_once,
                     *label("P10") * label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    auto first = settle::rejected<int>(context, asio::error::eof);
    settle::all(std::move(first), settle::rejected<int>(context, errc::timed_out)).detach();
    context.run();
    BOOST_TEST(reports.count() == 1U);
    const auto all = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST((all[0].why.code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(input_whose_resolver_goes_is_a_broken_promise, *label("P10") * label("P8"))
{
    asio::io_context context;
    auto made = settle::with_resolvers<int>(context);
    auto all = settle::all(settle::resolved(context, 1), std::move(made.promise));
    {
        const auto last = std::move(made.resolver);
    }
    BOOST_TEST((end_of(context, std::move(all)).error().code() == errc::broken_promise));
}
