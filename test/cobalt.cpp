// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Promises awaited in Boost.Cobalt's coroutines.

#include <settle/promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/finally.hpp>
#include <settle/shared_promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/cobalt/op.hpp>
#include <boost/cobalt/spawn.hpp>
#include <boost/cobalt/task.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace cobalt = boost::cobalt;
using boost::unit_test::label;
using settle::errc;
using settle::error_code;

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    asio::cancellation_signal signal;
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    std::exception_ptr exception;
    int result = 0;
    int completions = 0;

    void spawn(cobalt::task<int> task)
    {
        auto ended = [this](std::exception_ptr e, int value) {
            ++completions;
            exception = std::move(e);
            result = value;
        };
        cobalt::spawn(context, std::move(task), asio::bind_cancellation_slot(signal.slot(), ended));
        poll();
    }

    void poll()
    {
        context.poll();
        context.restart();
    }
};

cobalt::task<int> awaits_every_kind(asio::io_context& context)
{
    auto one = settle::resolved(context, std::make_unique<int>(1));
    int sum = *co_await std::move(one)(cobalt::use_op);
    auto nothing = settle::resolved(context);
    co_await std::move(nothing)(cobalt::use_op);
    const auto shared = settle::resolved(context, 2).share();
    sum += co_await shared(cobalt::use_op);
    auto outcome = settle::as_outcome(settle::rejected<int>(context, errc::timed_out));
    const auto end = co_await std::move(outcome)(cobalt::use_op);
    BOOST_TEST((end.error().code() == errc::timed_out));
    auto failed = settle::rejected<int>(context, support::operation_error());
    try {
        co_await std::move(failed)(cobalt::use_op);
    } catch (const support::operation_error&) {
        sum += 4;
    }
    auto code = settle::rejected<void>(context, errc::timed_out);
    try {
        co_await std::move(code)(cobalt::use_op);
    } catch (const boost::system::system_error& e) {
        BOOST_TEST((e.code() == errc::timed_out));
        sum += 8;
    }
    co_return sum;
}

cobalt::task<int> awaits(settle::promise<void> promise)
{
    co_await std::move(promise)(cobalt::use_op);
    co_return 1;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(in_a_cobalt_task, fixture, *label("C3"))

BOOST_AUTO_TEST_CASE(promise_gives_its_value_or_throws)
{
    spawn(awaits_every_kind(context));
    BOOST_TEST(completions == 1);
    BOOST_TEST(!exception);
    BOOST_TEST(result == 15);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(resumption_is_posted, *label("E1"))
{
    auto [pending, decides] = settle::with_resolvers<void>(context);
    spawn(awaits(std::move(pending)));
    decides.resolve();
    BOOST_TEST(completions == 0);
    poll();
    BOOST_TEST(result == 1);
}

BOOST_AUTO_TEST_CASE(cancelled_task_cancels_what_it_awaits, *label("X5"))
{
    spawn(awaits(operation.async_run(settle::use_promise)));
    signal.emit(asio::cancellation_type::terminal);
    poll();
    BOOST_TEST(operation.signals() == 1);
    operation.complete(asio::error::operation_aborted);
    poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST((settle::reason(exception).code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(finally_around_its_token, *label("F3"))
{
    int cleanups = 0;
    const auto body = [](auto& waits, int& count) -> cobalt::task<int> {
        auto cleanup = [&count] { ++count; };
        co_await waits.async_run(settle::finally(cleanup, cobalt::use_op));
        co_return 2;
    };
    spawn(body(operation, cleanups));
    operation.complete({});
    poll();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(result == 2);
}

BOOST_AUTO_TEST_CASE(task_destroyed_with_its_context, *label("B1"))
{
    const auto alive = std::make_shared<int>();
    {
        asio::io_context dies;
        const auto body = [](asio::io_context& c, std::shared_ptr<int>) -> cobalt::task<int> {
            auto own = settle::with_resolvers<void>(c);
            co_await std::move(own.promise)(cobalt::use_op);
            co_return 1;
        };
        cobalt::spawn(dies, body(dies, alive), [](const std::exception_ptr&, int) {});
        dies.poll();
        BOOST_TEST(alive.use_count() == 2);
    }
    BOOST_TEST(alive.use_count() == 1);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
