// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Promises awaited in Asio's own coroutines.

#include <settle/promise.hpp>

#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/shared_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/co_spawn.hpp>
#include <boost/asio/experimental/coro.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/version.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

// What a promise's executor and the coroutine's own are need not be the same.
template <class Executor>
asio::awaitable<int, Executor> awaits_with_a_token(asio::io_context& context)
{
    constexpr asio::use_awaitable_t<Executor> token;
    auto one = settle::resolved(context, std::make_unique<int>(1));
    int sum = *co_await std::move(one)(token);
    auto shared = settle::resolved(context, 2).share();
    sum += co_await shared(token);
    auto nothing = settle::resolved(context);
    co_await std::move(nothing)(token);
    auto failed = settle::rejected<int>(context, support::operation_error());
    try {
        co_await std::move(failed)(token);
    } catch (const support::operation_error&) {
        sum += 4;
    }
    auto outcome = settle::as_outcome(settle::rejected<void>(context, errc::timed_out));
    const settle::outcome<void> end = co_await std::move(outcome);
    if (end.error().code() == errc::timed_out)
        sum += 8;
    co_return sum;
}

template <class Executor>
int run(asio::io_context& context, const Executor& executor,
        asio::awaitable<int, Executor> coroutine)
{
    int result = 0;
    asio::co_spawn(executor, std::move(coroutine), [&](const std::exception_ptr& e, int value) {
        BOOST_TEST(!e);
        result = value;
    });
    context.restart();
    context.run();
    return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(in_an_awaitable_of_any_executor, *label("C1"))
{
    support::report_collector reports;
    asio::io_context context;
    const asio::any_io_executor any = context.get_executor();
    const auto strand = asio::make_strand(context);
    BOOST_TEST(run(context, any, awaits_with_a_token<asio::any_io_executor>(context)) == 15);
    BOOST_TEST(run(context, context.get_executor(),
                   awaits_with_a_token<asio::io_context::executor_type>(context)) == 15);
    BOOST_TEST(run(context, strand,
                   awaits_with_a_token<asio::strand<asio::io_context::executor_type>>(context)) ==
               15);
    BOOST_TEST(reports.count() == 0u);
}

#if BOOST_VERSION >= 108200
template <class Executor>
asio::awaitable<int, Executor> awaits_directly(asio::io_context& context)
{
    auto one = settle::resolved(context, 1);
    int sum = co_await std::move(one);
    auto nothing = settle::resolved(context);
    co_await std::move(nothing);
    auto failed = settle::rejected<int>(context, errc::timed_out);
    try {
        co_await std::move(failed);
    } catch (const boost::system::system_error& e) {
        if (e.code() == errc::timed_out)
            sum += 2;
    }
    co_return sum;
}

BOOST_AUTO_TEST_CASE(directly, *label("C1"))
{
    asio::io_context context;
    const asio::any_io_executor any = context.get_executor();
    const auto strand = asio::make_strand(context);
    BOOST_TEST(run(context, any, awaits_directly<asio::any_io_executor>(context)) == 3);
    BOOST_TEST(run(context, context.get_executor(),
                   awaits_directly<asio::io_context::executor_type>(context)) == 3);
    BOOST_TEST(run(context, strand,
                   awaits_directly<asio::strand<asio::io_context::executor_type>>(context)) == 3);
}
#endif

// No lambda: Boost 1.92 asks whether its closure is an executor, and GCC 16 warns about that.
asio::experimental::coro<void, int> coro_awaits(asio::any_io_executor executor)
{
    auto one = settle::resolved(executor, 1);
    int sum = co_await std::move(one);
    auto failed = settle::rejected<int>(executor, support::operation_error());
    try {
        co_await std::move(failed);
    } catch (const support::operation_error&) {
        sum += 2;
    }
    co_return sum;
}

// Its token use_coro takes any operation with an exception_ptr for one with an error_code, so it
// does not compile.
BOOST_AUTO_TEST_CASE(in_an_experimental_coro, *label("C1"))
{
    asio::io_context context;
    int result = 0;
    asio::experimental::co_spawn(coro_awaits(context.get_executor()),
                                 [&](const std::exception_ptr& e, int value) {
                                     BOOST_TEST(!e);
                                     result = value;
                                 });
    context.run();
    BOOST_TEST(result == 3);
}
