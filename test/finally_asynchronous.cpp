// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cleanups that return something to wait for, on the token surface.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

/// A task of somebody else's.
struct task {
    enum class how { now, later, fails, throws, not_asynchronous, forgets } ends;
    int value = 0;
};

std::function<void()> finish_task;

} // namespace

template <>
struct settle::adoption<task> {
    using value_type = int;

    static bool adopt(task&& t, settle::resolver<int> r)
    {
        switch (t.ends) {
        case task::how::now:
            r.resolve(1);
            break;
        case task::how::later:
            finish_task = [r]() mutable { r.resolve(2); };
            break;
        case task::how::fails:
            r.reject(cleanup_error());
            break;
        case task::how::throws:
            throw cleanup_error();
        case task::how::not_asynchronous:
            return false;
        case task::how::forgets:
            break;
        }
        return true;
    }
};

namespace {

struct fixture {
    asio::io_context context;
    support::manual_operation<void(std::exception_ptr, int)> operation{context.get_executor()};
    support::manual_operation<void(error_code, int)> cleaning{context.get_executor()};
    support::report_collector reports;
    std::exception_ptr exception;
    int value = 0;
    int completions = 0;

    auto handler()
    {
        return [this](std::exception_ptr e, int v) {
            ++completions;
            exception = e;
            value = v;
        };
    }

    template <class Cleanup>
    void start(Cleanup&& cleanup, std::exception_ptr ends_with = nullptr)
    {
        operation.async_run(settle::finally(std::forward<Cleanup>(cleanup), handler()));
        operation.complete(ends_with, 5);
        context.poll();
        context.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(asynchronous_cleanup, fixture)

BOOST_AUTO_TEST_CASE(handler_waits_for_the_cleanup, *label("F7") * label("F15"))
{
    start([&] { return cleaning.async_run(asio::deferred); });
    BOOST_TEST(cleaning.waits());
    BOOST_TEST(completions == 0);
    cleaning.complete({}, 9);
    context.poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(!exception);
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(code_of_the_cleanup_becomes_a_system_error, *label("F6") * label("S3"))
{
    start([&] { return cleaning.async_run(asio::deferred); });
    cleaning.complete(asio::error::eof, 9);
    context.poll();
    try {
        std::rethrow_exception(exception);
    } catch (const boost::system::system_error& e) {
        BOOST_TEST((e.code() == asio::error::eof));
    }
    BOOST_TEST(value == 5);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(code_of_the_cleanup_fills_a_code_slot, *label("F6") * label("S2"))
{
    support::manual_operation<void(error_code)> plain(context.get_executor());
    error_code got;
    plain.async_run(settle::finally([&] { return cleaning.async_run(asio::deferred); },
                                    [&](error_code ec) { got = ec; }));
    plain.complete(asio::error::fault);
    context.poll();
    cleaning.complete(asio::error::eof, 0);
    context.restart();
    context.poll();
    BOOST_TEST((got == asio::error::eof));
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_TEST(displaced.size() == 1u);
    BOOST_TEST((displaced.at(0).why.code() == asio::error::fault));
    BOOST_TEST(reports.count() == 1u);
}

BOOST_AUTO_TEST_CASE(zero_code_of_a_rejection_becomes_cleanup_failed, *label("S2"))
{
    support::manual_operation<void(error_code)> plain(context.get_executor());
    error_code got;
    plain.async_run(settle::finally([&] { return settle::rejected<void>(context, error_code()); },
                                    [&](error_code ec) { got = ec; }));
    plain.complete({});
    context.run();
    BOOST_TEST((got == settle::errc::cleanup_failed));
}

BOOST_AUTO_TEST_CASE(cleanup_that_ends_at_once_is_waited_for, *label("F7") * label("F10"))
{
    int cleanups = 0;
    start([&] {
        ++cleanups;
        return asio::dispatch(context, asio::deferred);
    });
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(promise_of_any_type_is_waited_for, *label("F7"))
{
    auto [promise, resolver] = settle::with_resolvers<std::unique_ptr<int>>(context);
    start([p = std::move(promise)]() mutable { return std::move(p); });
    BOOST_TEST(completions == 0);
    resolver.resolve(std::make_unique<int>(3));
    context.poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(promise_nobody_resolves_replaces_the_outcome, *label("F6"))
{
    start([&] { return std::move(settle::with_resolvers<void>(context).promise); });
    context.poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(holds<boost::system::system_error>(exception));
    BOOST_TEST((settle::reason(exception).code() == settle::errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(std_function_that_yields_an_awaitable_is_waited_for, *label("F6"))
{
    std::function<asio::awaitable<int>()> cleanup = [&]() -> asio::awaitable<int> {
        co_return co_await cleaning.async_run(asio::use_awaitable);
    };
    start(cleanup);
    BOOST_TEST(completions == 0);
    cleaning.complete(asio::error::eof, 0);
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST((settle::reason(exception).code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(operation_with_a_cleanup_of_its_own_is_waited_for, *label("F7"))
{
    int order = 0;
    start([&] {
        return cleaning.async_run(asio::deferred) |
               settle::finally([&] { BOOST_TEST(++order == 1); });
    });
    BOOST_TEST(completions == 0);
    cleaning.complete({}, 0);
    context.run();
    BOOST_TEST(order == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(type_with_an_adoption_is_waited_for, *label("F7"))
{
    start([] { return task{task::how::now}; });
    context.poll();
    context.restart();
    BOOST_TEST(completions == 1);
    start([] { return task{task::how::later}; });
    BOOST_TEST(completions == 1);
    std::exchange(finish_task, nullptr)();
    context.poll();
    BOOST_TEST(completions == 2);
    BOOST_TEST(!exception);
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(failed_adoption_replaces_the_outcome, *label("F6") * label("F12"))
{
    const auto original = std::make_exception_ptr(operation_error());
    for (const auto how : {task::how::fails, task::how::throws}) {
        start([how] { return task{how}; }, original);
        context.poll();
        context.restart();
        BOOST_TEST(holds<cleanup_error>(exception));
    }
    BOOST_TEST(completions == 2);
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 2u);
    BOOST_TEST(reports.count() == 2u);
}

BOOST_AUTO_TEST_CASE(adoption_that_forgets_its_resolver_is_a_broken_promise, *label("F6"))
{
    start([] { return task{task::how::forgets}; });
    context.poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST((settle::reason(exception).code() == settle::errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(adoption_that_declines_is_an_ignored_value, *label("F2"))
{
    start([] { return task{task::how::not_asynchronous}; });
    BOOST_TEST(completions == 1);
    BOOST_TEST(!exception);
    BOOST_TEST(value == 5);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
