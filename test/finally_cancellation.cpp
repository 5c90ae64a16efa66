// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cancellation: it goes to the operation, never to the cleanup.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/manual_operation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;

namespace {

struct fixture {
    asio::io_context context;
    asio::cancellation_signal signal;
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    support::manual_operation<void(error_code)> cleaning{context.get_executor()};
    error_code code;
    int cleanups = 0;
    int completions = 0;

    auto handler()
    {
        return asio::bind_cancellation_slot(signal.slot(), [this](error_code ec) {
            ++completions;
            code = ec;
        });
    }

    auto waits_for_cleaning()
    {
        return [this] {
            ++cleanups;
            return cleaning.async_run(asio::deferred);
        };
    }

    void poll()
    {
        context.poll();
        context.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cancellation_of_finally, fixture)

BOOST_AUTO_TEST_CASE(signal_goes_to_the_running_operation, *label("X1"))
{
    for (const auto type : {cancellation_type::partial, cancellation_type::total}) {
        operation.async_run(finally([this] { ++cleanups; }, handler()));
        signal.emit(type);
        BOOST_TEST((operation.last_signal() == type));
        operation.complete({});
        poll();
    }
    operation.async_run(finally(waits_for_cleaning(), handler()));
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(operation.signals() == 3);
    operation.complete({});
    poll();
    cleaning.complete({});
    poll();
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(completions == 3);
}

BOOST_AUTO_TEST_CASE(cancelled_operation_runs_its_cleanup, *label("X1") * label("F10"))
{
    asio::steady_timer timer(context, std::chrono::hours(1));
    timer.async_wait(finally([this] { ++cleanups; }, handler()));
    signal.emit(cancellation_type::terminal);
    context.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST((code == asio::error::operation_aborted));
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(signal_before_the_operation_changes_nothing, *label("X1"))
{
    signal.emit(cancellation_type::terminal);
    operation.async_run(finally(waits_for_cleaning(), handler()));
    BOOST_TEST(operation.signals() == 0);
    operation.complete({});
    poll();
    cleaning.complete({});
    poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(!code);
}

BOOST_AUTO_TEST_CASE(cleanup_is_shielded, *label("X2"))
{
    operation.async_run(finally(waits_for_cleaning(), handler()));
    operation.complete({});
    poll();
    BOOST_TEST(cleaning.waits());
    signal.emit(cancellation_type::terminal);
    signal.emit(cancellation_type::all);
    poll();
    BOOST_TEST(cleaning.signals() == 0);
    BOOST_TEST(operation.signals() == 0);
    BOOST_TEST(completions == 0);
    cleaning.complete({});
    poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(!code);
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(cleaning.signals() == 0);
}

BOOST_AUTO_TEST_CASE(slot_is_given_back_when_the_operation_ends, *label("X2") * label("E3"))
{
    // Synchronously, too: what the cleanup destroys no signal reaches any more.
    auto timer = std::make_unique<asio::steady_timer>(context, std::chrono::hours(1));
    timer->async_wait(finally(
        [&] {
            ++cleanups;
            BOOST_TEST(!signal.slot().has_handler());
            timer.reset();
            signal.emit(cancellation_type::terminal);
        },
        handler()));
    timer->cancel();
    context.run();
    context.restart();
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(completions == 1);

    timer = std::make_unique<asio::steady_timer>(context, std::chrono::hours(1));
    timer->async_wait(finally(
        [&] {
            ++cleanups;
            BOOST_TEST(!signal.slot().has_handler());
            timer.reset();
            signal.emit(cancellation_type::terminal);
            return asio::post(context, asio::deferred);
        },
        handler()));
    timer->cancel();
    context.run_one();
    signal.emit(cancellation_type::terminal);
    context.run();
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(coroutine_cleanup_is_shielded, *label("X2"))
{
    bool ended = false;
    operation.async_run(finally(
        [&]() -> asio::awaitable<void> {
            signal.emit(cancellation_type::terminal);
            co_await cleaning.async_run(asio::use_awaitable);
            const auto state = co_await asio::this_coro::cancellation_state;
            BOOST_TEST((state.cancelled() == cancellation_type::none));
            co_await asio::post(context, asio::use_awaitable);
            ended = true;
        },
        handler()));
    operation.complete({});
    poll();
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(cleaning.signals() == 0);
    cleaning.complete({});
    poll();
    BOOST_TEST(ended);
    BOOST_TEST(completions == 1);
    BOOST_TEST(!code);
}

BOOST_AUTO_TEST_CASE(signal_after_the_end_is_safe, *label("X2"))
{
    {
        support::manual_operation<void(error_code)> gone(context.get_executor());
        gone.async_run(finally([this] { ++cleanups; }, handler()));
        gone.complete({});
        poll();
        gone.async_run(finally([this] { return asio::post(context, asio::deferred); }, handler()));
        gone.complete({});
        poll();
    }
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(!signal.slot().has_handler());
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(cancelled_operation_has_an_unhurried_cleanup, *label("X1") * label("X2"))
{
    asio::steady_timer timer(context, std::chrono::hours(1));
    timer.async_wait(finally(waits_for_cleaning(), handler()));
    signal.emit(cancellation_type::terminal);
    poll();
    signal.emit(cancellation_type::terminal);
    poll();
    BOOST_TEST(cleaning.waits());
    BOOST_TEST(cleaning.signals() == 0);
    cleaning.complete({});
    poll();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    BOOST_TEST((code == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(signal_out_of_the_cleanups_own_end_is_safe, *label("X2"))
{
    operation.async_run(finally(
        [this] {
            return cleaning.async_run(
                finally([this] { signal.emit(cancellation_type::terminal); }, asio::deferred));
        },
        handler()));
    operation.complete({});
    poll();
    cleaning.complete({});
    poll();
    BOOST_TEST(completions == 1);
    BOOST_TEST(!code);
}

BOOST_AUTO_TEST_CASE(slot_serves_the_handlers_next_operation, *label("X2"))
{
    // Downstream starts anew with the same slot: it is free by then.
    operation.async_run(finally(waits_for_cleaning(),
                                asio::bind_cancellation_slot(signal.slot(), [this](error_code) {
                                    ++completions;
                                    operation.async_run(finally([this] { ++cleanups; }, handler()));
                                })));
    operation.complete({});
    poll();
    cleaning.complete({});
    poll();
    signal.emit(cancellation_type::terminal);
    BOOST_TEST(operation.signals() == 1);
    operation.complete(asio::error::operation_aborted);
    poll();
    BOOST_TEST(completions == 2);
    BOOST_TEST(cleanups == 2);
}

BOOST_AUTO_TEST_SUITE_END()
