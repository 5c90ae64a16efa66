// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cancellation as it comes out of Asio's own compositions: groups, coroutine operators, deadlines.

#include <settle/finally.hpp>

#include "support/manual_operation.hpp"
#include "support/settle_after.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#if __has_include(<boost/asio/cancel_after.hpp>)
#include <boost/asio/cancel_after.hpp>
#endif

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::settle_after;

namespace {

struct fixture {
    asio::io_context context;
    asio::cancellation_signal signal;
    asio::steady_timer never{context, std::chrono::hours(1)};
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    std::string order;
    int completions = 0;

    // Asynchronous, in three steps: 'c' when it begins, 'd' when it has ended.
    auto cleanup()
    {
        return [this] {
            order += 'c';
            return settle_after(context.get_executor(), 3, nullptr,
                                asio::deferred([this](std::exception_ptr) {
                                    order += 'd';
                                    return asio::deferred.values();
                                }));
        };
    }

    void poll()
    {
        context.poll();
        context.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(compositions_with_finally, fixture)

BOOST_AUTO_TEST_CASE(loser_of_a_group_is_cleaned_up_before_the_group_ends,
                     *label("X1") * label("X2"))
{
    asio::experimental::make_parallel_group(
        never.async_wait(finally(cleanup(), asio::deferred)),
        settle_after(context.get_executor(), 1, nullptr, asio::deferred))
        .async_wait(asio::experimental::wait_for_one(),
                    [this](std::array<std::size_t, 2> winners, error_code loser,
                           std::exception_ptr winner) {
                        order += 'g';
                        ++completions;
                        BOOST_TEST(winners[0] == 1U);
                        BOOST_TEST((loser == asio::error::operation_aborted));
                        BOOST_TEST(!winner);
                    });
    context.run();
    BOOST_TEST(order == "cdg");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(signal_to_a_group_leaves_a_running_cleanup_alone, *label("X2"))
{
    asio::experimental::make_parallel_group(
        operation.async_run(asio::deferred) | finally(cleanup()), never.async_wait(asio::deferred))
        .async_wait(asio::experimental::wait_for_all(),
                    asio::bind_cancellation_slot(
                        signal.slot(),
                        [this](std::array<std::size_t, 2>, error_code cleaned, error_code waited) {
                            ++completions;
                            BOOST_TEST(!cleaned);
                            BOOST_TEST((waited == asio::error::operation_aborted));
                        }));
    operation.complete({});
    context.run_one();
    BOOST_TEST(order == "c");
    signal.emit(cancellation_type::terminal);
    context.run();
    BOOST_TEST(order == "cd");
    BOOST_TEST(operation.signals() == 0);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(loser_of_an_or_finishes_its_cleanup, *label("X3") * label("X1"))
{
    using namespace asio::experimental::awaitable_operators;
    const auto clean = cleanup();
    const auto loses = [&]() -> asio::awaitable<void> {
        auto guarded = never.async_wait(asio::use_awaitable) | finally(clean);
        co_await std::move(guarded);
    };
    const auto body = [&]() -> asio::awaitable<void> {
        auto winner = settle_after(context.get_executor(), 2, nullptr, asio::use_awaitable);
        auto loser = loses();
        const auto index = co_await (std::move(loser) || std::move(winner));
        BOOST_TEST(index.index() == 1U);
        order += 'o';
    };
    asio::co_spawn(context, body, [this](std::exception_ptr e) {
        ++completions;
        BOOST_TEST(!e);
    });
    context.run();
    BOOST_TEST(order == "cdo");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(coroutine_cancelled_twice_finishes_and_knows, *label("X3") * label("X2"))
{
    const auto clean = cleanup();
    const auto body = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        auto guarded = never.async_wait(finally(clean, asio::use_awaitable));
        try {
            co_await std::move(guarded);
            BOOST_ERROR("cancelled, and yet it went on");
        } catch (const boost::system::system_error& e) {
            BOOST_TEST((e.code() == asio::error::operation_aborted));
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        BOOST_TEST((state.cancelled() != cancellation_type::none));
        order += 'k';
    };
    asio::co_spawn(context, body,
                   asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e) {
                       ++completions;
                       BOOST_TEST(!e);
                   }));
    poll();
    signal.emit(cancellation_type::terminal);
    while (order.empty() && context.run_one() != 0)
        ;
    signal.emit(cancellation_type::terminal);
    context.run();
    BOOST_TEST(order == "cdk");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(signal_between_success_and_handler_changes_nothing, *label("X2"))
{
    operation.async_run(
        finally(cleanup(), asio::bind_cancellation_slot(signal.slot(), [this](error_code ec) {
                    ++completions;
                    BOOST_TEST(!ec);
                })));
    operation.complete({}); // the handler waits in the queue
    signal.emit(cancellation_type::terminal);
    context.run();
    BOOST_TEST(order == "cd");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(signals_from_inside_the_cleanup_and_the_handler, *label("X2"))
{
    for (const auto type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        never.expires_at(asio::steady_timer::time_point::min());
        never.async_wait(finally(
            [this, type] {
                signal.emit(type);
                return never.async_wait(asio::deferred);
            },
            asio::bind_cancellation_slot(signal.slot(), [this, type](error_code ec) {
                signal.emit(type);
                BOOST_TEST(!ec);
                ++completions;
            })));
        context.run();
        context.restart();
    }
    BOOST_TEST(completions == 3);
}

#if __has_include(<boost/asio/cancel_after.hpp>)

BOOST_AUTO_TEST_CASE(deadline_inside_cancels_the_operation, *label("S8") * label("X1"))
{
    never.async_wait(
        asio::cancel_after(std::chrono::nanoseconds(1), finally(cleanup(), [this](error_code ec) {
                               order += 'h';
                               ++completions;
                               BOOST_TEST((ec == asio::error::operation_aborted));
                           })));
    context.run();
    BOOST_TEST(order == "cdh");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(deadline_outside_cancels_the_operation_and_not_the_cleanup,
                     *label("S8") * label("X1") * label("X2"))
{
    never.async_wait(
        finally(cleanup(), asio::cancel_after(std::chrono::nanoseconds(1), [this](error_code ec) {
                    order += 'h';
                    ++completions;
                    BOOST_TEST((ec == asio::error::operation_aborted));
                })));
    context.run();
    BOOST_TEST(order == "cdh");
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(token_inside_a_deadline_is_found, *label("S6") * label("S8"))
{
    struct own_error {};
    const auto fails = [] { throw own_error(); };
    const auto body = [&]() -> asio::awaitable<void> {
        for (const bool within : {false, true}) {
            try {
                never.expires_at(asio::steady_timer::time_point::min());
                if (within) {
                    auto wait = never.async_wait(finally(
                        fails, asio::cancel_after(std::chrono::hours(1), asio::use_awaitable)));
                    co_await std::move(wait);
                } else {
                    auto wait = never.async_wait(asio::cancel_after(
                        std::chrono::hours(1), finally(fails, asio::use_awaitable)));
                    co_await std::move(wait);
                }
                BOOST_ERROR("no exception");
            } catch (const own_error&) {
                ++completions;
            }
        }
    };
    asio::co_spawn(context, body, [](std::exception_ptr e) { BOOST_TEST(!e); });
    context.run();
    BOOST_TEST(completions == 2);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
