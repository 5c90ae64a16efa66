// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// On which executor everything runs, and what keeps its loop running.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/manual_operation.hpp"
#include "support/tracker_executor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::tracker_executor;

namespace {

/// The operation belongs to one loop, its handler to another.
struct fixture {
    asio::io_context io;
    asio::io_context home;
    asio::io_context elsewhere;
    tracker_executor on_io{io.get_executor()};
    tracker_executor on_home{home.get_executor()};
    tracker_executor on_other{elsewhere.get_executor()};
    support::manual_operation<void(error_code)> operation{on_io};
    support::manual_operation<void(error_code)> cleaning{on_other};
    int completions = 0;

    auto handler()
    {
        return asio::bind_executor(on_home, [this](error_code) {
            ++completions;
            BOOST_TEST(on_home.running_here());
            BOOST_TEST(!on_other.running_here());
        });
    }

    // Runs what is ready on all three loops until nothing is.
    void poll()
    {
        for (int idle = 0; idle < 2;) {
            std::size_t ran = 0;
            for (auto* loop : {&io, &home, &elsewhere}) {
                loop->restart();
                ran += loop->poll();
            }
            idle = ran ? 0 : idle + 1;
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(executors_of_finally, fixture)

BOOST_AUTO_TEST_CASE(cleanup_and_handler_run_on_the_handlers_executor, *label("E3"))
{
    int cleanups = 0;
    operation.async_run(finally(
        [&] {
            ++cleanups;
            BOOST_TEST(on_home.running_here());
        },
        handler()));
    operation.complete({});
    poll();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_called_from_the_initiating_function, *label("E7"))
{
    int calls = 0;
    asio::post(on_home, [&] {
        asio::post(on_home, finally([&] { ++calls; }, [&](std::exception_ptr) { ++calls; }));
        asio::post(on_home, finally(
                                [&] {
                                    ++calls;
                                    return asio::dispatch(on_home, asio::deferred);
                                },
                                [&](std::exception_ptr) { ++calls; }));
        BOOST_TEST(calls == 0);
    });
    poll();
    BOOST_TEST(calls == 4);
}

BOOST_AUTO_TEST_CASE(downstream_returns_from_an_operation_elsewhere, *label("E4"))
{
    operation.async_run(finally([&] { return cleaning.async_run(asio::deferred); }, handler()));
    operation.complete({});
    poll();
    BOOST_TEST(completions == 0);
    cleaning.complete({});
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(downstream_returns_from_an_operation_bound_elsewhere, *label("E4"))
{
    operation.async_run(
        finally([&] { return asio::post(on_other, asio::bind_executor(on_other, asio::deferred)); },
                handler()));
    operation.complete({});
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(downstream_returns_from_a_promise_elsewhere, *label("E4"))
{
    auto [promise, resolver] = settle::with_resolvers<void>(on_other);
    auto cleanup = [p = std::move(promise)]() mutable { return std::move(p); };
    operation.async_run(finally(std::move(cleanup), handler()));
    operation.complete({});
    poll();
    asio::post(on_other, [r = std::move(resolver)]() mutable { r.resolve(); });
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(downstream_returns_from_a_coroutine_elsewhere, *label("E4"))
{
    const auto body = [&]() -> asio::awaitable<void> {
        BOOST_TEST(on_other.running_here());
        co_return;
    };
    operation.async_run(
        finally([&] { return asio::co_spawn(on_other, body, asio::deferred); }, handler()));
    operation.complete({});
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(promise_goes_on_where_it_belongs, *label("E4"))
{
    settle::resolved(on_home)
        .finally([&] {
            BOOST_TEST(on_home.running_here());
            return asio::post(on_other, asio::bind_executor(on_other, asio::deferred));
        })
        .then([&] {
            ++completions;
            BOOST_TEST(on_home.running_here());
            BOOST_TEST(!on_other.running_here());
        })
        .detach();
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(coroutine_goes_on_where_it_belongs, *label("E4"))
{
    auto operand = []() -> asio::awaitable<void> { co_return; };
    auto body = [&]() -> asio::awaitable<void> {
        auto cleanup = [&] {
            return asio::post(on_other, asio::bind_executor(on_other, asio::deferred));
        };
        auto guarded = operand() | finally(cleanup);
        co_await std::move(guarded);
        ++completions;
        BOOST_TEST(on_home.running_here());
        BOOST_TEST(!on_other.running_here());
    };
    asio::co_spawn(on_home, body, [](std::exception_ptr e) { BOOST_TEST(!e); });
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(lazy_cleanup_starts_on_the_handlers_executor, *label("E11"))
{
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        BOOST_TEST(on_home.running_here());
        BOOST_TEST((executor == asio::any_io_executor(on_home)));
    };
    operation.async_run(finally(body, handler()));
    operation.complete({});
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(without_one_it_starts_on_the_operations, *label("E11"))
{
    const auto body = [&]() -> asio::awaitable<void> {
        BOOST_TEST(on_io.running_here());
        co_return;
    };
    operation.async_run(finally(body, [&](error_code) {
        ++completions;
        BOOST_TEST(on_io.running_here());
    }));
    operation.complete({});
    poll();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(both_loops_have_work_while_the_cleanup_is_in_flight, *label("E5"))
{
    // A cleanup that keeps no loop busy by itself.
    auto [promise, resolver] = settle::with_resolvers<void>(on_other);
    auto cleanup = [p = std::move(promise)]() mutable { return std::move(p); };
    operation.async_run(finally(std::move(cleanup), handler()));
    operation.complete({});
    poll();
    // A loop without work stops when it is polled.
    for (auto* loop : {&io, &home}) {
        loop->restart();
        loop->poll();
        BOOST_TEST(!loop->stopped());
    }
    resolver.resolve();
    poll();
    BOOST_TEST(completions == 1);
    for (auto* loop : {&io, &home}) {
        loop->restart();
        loop->poll();
        BOOST_TEST(loop->stopped());
    }
}

BOOST_AUTO_TEST_CASE(run_returns_once_downstream_has_been_called, *label("E5"))
{
    auto [promise, resolver] = settle::with_resolvers<void>(io);
    auto cleanup = [p = std::move(promise)]() mutable { return std::move(p); };
    asio::post(io, finally(std::move(cleanup), [&](std::exception_ptr) { ++completions; }));
    io.poll();
    BOOST_TEST(!io.stopped());
    asio::post(elsewhere, [&, r = std::move(resolver)]() mutable { r.resolve(); });
    elsewhere.run();
    io.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(promises_cleanup_in_flight_keeps_its_loop_running, *label("E5"))
{
    auto [promise, resolver] = settle::with_resolvers<void>(on_other);
    settle::resolved(on_home)
        .finally([p = std::move(promise)]() mutable { return std::move(p); })
        .then([&] { ++completions; })
        .detach();
    poll();
    home.restart();
    home.poll();
    BOOST_TEST(!home.stopped());
    resolver.resolve();
    poll();
    BOOST_TEST(completions == 1);
    home.restart();
    home.poll();
    BOOST_TEST(home.stopped());
}

BOOST_AUTO_TEST_SUITE_END()
