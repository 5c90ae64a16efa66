// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// awaitable | finally(cleanup).

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

struct fixture {
    asio::io_context context;
    asio::cancellation_signal signal;
    support::report_collector reports;
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    support::manual_operation<void(error_code)> cleaning{context.get_executor()};
    std::string order;
    std::exception_ptr exception;
    int completions = 0;

    asio::awaitable<int> operand()
    {
        co_await operation.async_run(asio::use_awaitable);
        co_return 7;
    }

    asio::awaitable<void> cleaned()
    {
        order += 'c';
        co_await cleaning.async_run(asio::use_awaitable);
        order += 'd';
    }

    template <class Body>
    void spawn(Body&& body)
    {
        asio::co_spawn(context, std::forward<Body>(body),
                       asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e) {
                           ++completions;
                           exception = e;
                       }));
        poll();
    }

    void poll()
    {
        context.poll();
        context.restart();
    }
};

error_code code_of(const std::exception_ptr& exception)
{
    return settle::reason(exception).code();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(finally_on_an_awaitable, fixture)

BOOST_AUTO_TEST_CASE(pipe_is_lazy, *label("F17"))
{
    int cleanups = 0;
    {
        auto guarded = operand() | finally([&] { ++cleanups; });
        static_cast<void>(guarded);
    }
    poll();
    BOOST_TEST(operation.starts() == 0);
    BOOST_TEST(cleanups == 0);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_run_from_the_inside_out, *label("F16"))
{
    auto first = [this] { order += 'a'; };
    auto second = [this] {
        order += 'b';
        return asio::post(context, asio::deferred);
    };
    auto third = [this]() -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        order += 'c';
    };
    auto body = [&]() -> asio::awaitable<void> {
        auto guarded = operand() | finally(first) | finally(second) | finally(third);
        BOOST_TEST(co_await std::move(guarded) == 7);
        order += 'h';
    };
    spawn(body);
    operation.complete({});
    poll();
    BOOST_TEST(order == "abch");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(empty_cleanup_passes_through, *label("F3"))
{
    auto body = [&]() -> asio::awaitable<void> {
        auto guarded = operand() | finally(nullptr) | finally(std::function<void()>()) |
                       finally(std::function<settle::promise<void>()>());
        BOOST_TEST(co_await std::move(guarded) == 7);
        order += 'h';
    };
    spawn(body);
    operation.complete({});
    poll();
    BOOST_TEST(order == "h");
}

BOOST_AUTO_TEST_CASE(both_failing_reports_the_operations, *label("F9") * label("U4"))
{
    const auto original = std::make_exception_ptr(operation_error());
    auto fails = [original]() -> asio::awaitable<void> {
        std::rethrow_exception(original);
        co_return;
    };
    const auto line = __LINE__ + 1;
    spawn(fails() | finally([&] { return settle::rejected<void>(context, cleanup_error()); }));
    BOOST_TEST(holds<cleanup_error>(exception));
    BOOST_TEST(reports.count() == 1u);
    const auto displaced = reports.all(report_kind::displaced_reason).at(0);
    BOOST_TEST((displaced.why.exception() == original));
    BOOST_TEST(displaced.where.line() == static_cast<unsigned>(line));
}

BOOST_AUTO_TEST_CASE(suppressed_reasons_of_the_cleanup_are_reported_too, *label("F9"))
{
    // The cleanup's own promise has displaced a reason: both are told, the older first.
    auto fails = []() -> asio::awaitable<void> {
        throw operation_error();
        co_return;
    };
    auto cleanup = [&] {
        return settle::rejected<void>(context, asio::error::eof).finally([] {
            throw cleanup_error();
        });
    };
    spawn(fails() | finally(cleanup));
    BOOST_TEST(holds<cleanup_error>(exception));
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 2u);
    BOOST_TEST(holds<operation_error>(displaced[0].why.exception()));
    BOOST_TEST((displaced[1].why.code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_cancelled_coroutine_can_await, *label("X3") * label("X1"))
{
    auto body = [&]() -> asio::awaitable<void> {
        auto cleanup = [this] { return cleaned(); };
        auto guarded = operand() | finally(cleanup);
        co_await std::move(guarded);
    };
    spawn(body);
    signal.emit(cancellation_type::terminal);
    poll();
    BOOST_TEST(operation.signals() == 1);
    operation.complete(asio::error::operation_aborted);
    poll();
    BOOST_TEST(order == "c");
    // A second signal does not kill it.
    signal.emit(cancellation_type::terminal);
    poll();
    BOOST_TEST(cleaning.waits());
    BOOST_TEST(cleaning.signals() == 0);
    cleaning.complete({});
    poll();
    BOOST_TEST(order == "cd");
    BOOST_TEST(completions == 1);
    BOOST_TEST((code_of(exception) == asio::error::operation_aborted));
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(coroutine_still_sees_that_it_was_cancelled, *label("X3"))
{
    auto body = [&]() -> asio::awaitable<void> {
        auto cleanup = [this] { return cleaned(); };
        auto guarded = operand() | finally(cleanup);
        // The operation succeeded before the signal came: so does this.
        BOOST_TEST(co_await std::move(guarded) == 7);
        order += 'v';
        const auto state = co_await asio::this_coro::cancellation_state;
        BOOST_TEST((state.cancelled() == cancellation_type::terminal));
        BOOST_TEST((co_await asio::this_coro::throw_if_cancelled()));
        try {
            co_await asio::post(context, asio::use_awaitable);
        } catch (const boost::system::system_error& e) {
            order += 'x';
            BOOST_TEST((e.code() == asio::error::operation_aborted));
        }
    };
    spawn(body);
    operation.complete({});
    poll();
    signal.emit(cancellation_type::terminal);
    poll();
    BOOST_TEST(order == "c");
    cleaning.complete({});
    poll();
    BOOST_TEST(order == "cdvx");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(choice_not_to_throw_survives_the_cleanup, *label("X3"))
{
    auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto cleanup = [this] { return asio::post(context, asio::deferred); };
        auto guarded = operand() | finally(cleanup);
        co_await std::move(guarded);
        BOOST_TEST(!(co_await asio::this_coro::throw_if_cancelled()));
        order += 'h';
    };
    spawn(body);
    operation.complete({});
    poll();
    BOOST_TEST(order == "h");
}

BOOST_AUTO_TEST_CASE(failed_cleanup_of_a_cancelled_coroutine, *label("X3") * label("F9"))
{
    auto body = [&]() -> asio::awaitable<void> {
        auto cleanup = [this] { return cleaning.async_run(asio::deferred); };
        auto guarded = operand() | finally(cleanup);
        co_await std::move(guarded);
    };
    spawn(body);
    signal.emit(cancellation_type::terminal);
    operation.complete(asio::error::operation_aborted);
    poll();
    cleaning.complete(asio::error::broken_pipe);
    poll();
    BOOST_TEST((code_of(exception) == asio::error::broken_pipe));
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 1u);
    BOOST_TEST((displaced[0].why.code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(awaitable_of_another_executor_type, *label("F3"))
{
    using executor = asio::io_context::executor_type;
    auto typed = []() -> asio::awaitable<std::unique_ptr<int>, executor> {
        co_return std::make_unique<int>(3);
    };
    auto body = [&]() -> asio::awaitable<void, executor> {
        auto cleanup = [this] {
            order += 'a';
            return asio::post(context, asio::deferred);
        };
        auto guarded = typed() | finally(cleanup);
        auto value = co_await std::move(guarded);
        BOOST_TEST(*value == 3);
        order += 'h';
    };
    asio::co_spawn(context.get_executor(), body, [](std::exception_ptr e) { BOOST_TEST(!e); });
    poll();
    BOOST_TEST(order == "ah");
}

BOOST_AUTO_TEST_SUITE_END()
