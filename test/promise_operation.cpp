// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A promise is a deferred operation itself: it works with any completion token.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/finally.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

struct not_default_constructible {
    explicit not_default_constructible(int i)
        : value(i)
    {
    }
    int value;
};

// Runs a coroutine to its end; what it throws is thrown.
template <class F>
void run_coroutine(asio::io_context& context, F&& body)
{
    std::exception_ptr thrown;
    bool ended = false;
    asio::co_spawn(context, std::forward<F>(body), [&](std::exception_ptr e) {
        thrown = e;
        ended = true;
    });
    context.restart();
    context.run();
    if (thrown)
        std::rethrow_exception(thrown);
    BOOST_TEST(ended);
}

} // namespace

BOOST_AUTO_TEST_CASE(callback_gets_an_exception_and_the_value, *label("E1"))
{
    asio::io_context context;
    int called = 0;
    settle::resolved(context,
                     std::make_unique<int>(3))([&](std::exception_ptr e, std::unique_ptr<int> i) {
        ++called;
        BOOST_TEST(!e);
        BOOST_TEST(*i == 3);
    });
    settle::rejected<int>(context, errc::timed_out)([&](std::exception_ptr e, int i) {
        ++called;
        BOOST_TEST(support::holds<boost::system::system_error>(e));
        BOOST_TEST(i == 0);
    });
    settle::resolved(context)([&](std::exception_ptr e) {
        ++called;
        BOOST_TEST(!e);
    });
    BOOST_TEST(called == 0); // never inline
    context.run();
    BOOST_TEST(called == 3);
}

BOOST_AUTO_TEST_CASE(callback_gets_the_very_exception, *label("F4"))
{
    asio::io_context context;
    const auto thrown = std::make_exception_ptr(support::operation_error());
    std::exception_ptr seen;
    settle::rejected<void>(context, thrown)([&](std::exception_ptr e) { seen = e; });
    context.run();
    BOOST_TEST((seen == thrown));
}

BOOST_AUTO_TEST_CASE(handler_runs_on_its_associated_executor, *label("E1"))
{
    asio::io_context context;
    asio::io_context other;
    bool there = false;
    settle::resolved(context,
                     1)(asio::bind_executor(other, [&](std::exception_ptr, int) { there = true; }));
    context.run();
    BOOST_TEST(!there);
    other.run();
    BOOST_TEST(there);
}

BOOST_AUTO_TEST_CASE(future_gets_the_value_or_throws, *label("P4"))
{
    asio::io_context context;
    std::future<std::string> good = settle::resolved(context, std::string("x"))(asio::use_future);
    std::future<void> nothing = settle::resolved(context)(asio::use_future);
    std::future<int> bad =
        settle::rejected<int>(context, support::operation_error())(asio::use_future);
    context.run();
    BOOST_TEST(good.get() == "x");
    BOOST_CHECK_NO_THROW(nothing.get());
    BOOST_CHECK_THROW(bad.get(), support::operation_error);
}

BOOST_AUTO_TEST_CASE(coroutine_gets_the_value_or_throws, *label("C1"))
{
    asio::io_context context;
    int steps = 0;
    run_coroutine(context, [&]() -> asio::awaitable<void> {
        auto value = settle::resolved(context, 5);
        BOOST_TEST((co_await std::move(value)(asio::use_awaitable)) == 5);
        ++steps;
        auto nothing = settle::resolved(context);
        co_await std::move(nothing)(asio::use_awaitable);
        ++steps;
        auto failed = settle::rejected<int>(context, support::operation_error());
        try {
            co_await std::move(failed)(asio::use_awaitable);
        } catch (const support::operation_error&) {
            ++steps;
        }
        auto code = settle::rejected<void>(context, errc::timed_out);
        try {
            co_await std::move(code)(asio::use_awaitable);
        } catch (const boost::system::system_error& e) {
            BOOST_TEST((e.code() == errc::timed_out));
            ++steps;
        }
    });
    BOOST_TEST(steps == 4);
}

BOOST_AUTO_TEST_CASE(as_tuple_keeps_the_error_apart, *label("C1"))
{
    asio::io_context context;
    run_coroutine(context, [&]() -> asio::awaitable<void> {
        auto failed = settle::rejected<int>(context, support::operation_error());
        auto [e, i] = co_await std::move(failed)(asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(support::holds<support::operation_error>(e));
        BOOST_TEST(i == 0);
        auto good = settle::resolved(context, 7);
        auto [none, seven] = co_await std::move(good)(asio::as_tuple(asio::use_awaitable));
        BOOST_TEST(!none);
        BOOST_TEST(seven == 7);
    });
}

BOOST_AUTO_TEST_CASE(as_outcome_never_throws, *label("P4") * label("F9"))
{
    support::report_collector reports;
    asio::io_context context;
    run_coroutine(context, [&]() -> asio::awaitable<void> {
        settle::reason why = std::make_exception_ptr(support::cleanup_error());
        why.suppress(errc::timed_out);
        auto failed = settle::rejected<std::unique_ptr<int>>(context, why);
        auto operation = settle::as_outcome(std::move(failed));
        const auto end = co_await std::move(operation);
        BOOST_TEST(!end);
        BOOST_TEST((end.error().exception() == why.exception()));
        BOOST_TEST(end.error().suppressed().size() == 1U);
        auto good = settle::as_outcome(settle::resolved(context, not_default_constructible(3)));
        const auto value = co_await std::move(good)(asio::use_awaitable);
        BOOST_TEST(value->value == 3);
        auto nothing = settle::as_outcome(settle::resolved(context));
        const settle::outcome<void> done = co_await std::move(nothing);
        BOOST_TEST(done.has_value());
    });
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(deferred_promise_starts_when_it_is_called, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    {
        const auto never = settle::rejected<int>(context, errc::timed_out)(asio::deferred);
    }
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 1U);
    auto later = settle::resolved(context, 2)(asio::deferred);
    int seen = 0;
    std::move(later)([&](std::exception_ptr, int i) { seen = i; });
    context.run();
    BOOST_TEST(seen == 2);
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(promises_run_in_a_parallel_group, *label("C1"))
{
    asio::io_context context;
    bool ended = false;
    asio::experimental::make_parallel_group(
        settle::resolved(context, 1)(asio::deferred),
        settle::rejected<void>(context, errc::timed_out)(asio::deferred))
        .async_wait(
            asio::experimental::wait_for_all(),
            [&](std::array<std::size_t, 2>, std::exception_ptr e1, int i, std::exception_ptr e2) {
                ended = true;
                BOOST_TEST(!e1);
                BOOST_TEST(i == 1);
                BOOST_TEST(support::holds<boost::system::system_error>(e2));
            });
    context.run();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(token_finally_wraps_a_promise, *label("F8"))
{
    asio::io_context context;
    int cleanups = 0;
    std::exception_ptr seen;
    settle::resolved(context, 4)(settle::finally(
        [&] {
            ++cleanups;
            throw support::cleanup_error();
        },
        [&](std::exception_ptr e, int i) {
            seen = e;
            BOOST_TEST(i == 4);
        }));
    context.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(support::holds<support::cleanup_error>(seen));
}

BOOST_AUTO_TEST_CASE(displaced_reasons_are_reported_when_the_exception_leaves_them,
                     *label("U4") * label("F9"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::reason why = std::make_exception_ptr(support::cleanup_error());
    why.suppress(std::make_exception_ptr(support::operation_error()));
    std::future<int> future = settle::rejected<int>(context, why)(asio::use_future);
    context.run();
    BOOST_CHECK_THROW(future.get(), support::cleanup_error);
    BOOST_TEST(reports.count(settle::report_kind::displaced_reason) == 1U);
    BOOST_TEST(reports.count() == 1U);
}
