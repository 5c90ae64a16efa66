// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What finally() allocates, when it gives it back, and how long the cleanup lives.

#include "support/global_allocations.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/counting_allocator.hpp"
#include "support/made_callable.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;

namespace {

struct fixture {
    asio::io_context context;
    support::allocation_counts counts;
    support::counting_allocator<void> allocator{counts};
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    support::manual_operation<void(error_code)> cleaning{context.get_executor()};
    support::report_collector reports;
    int completions = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(memory_of_finally, fixture)

BOOST_AUTO_TEST_CASE(synchronous_cleanup_allocates_nothing, *label("F11") * label("E6"))
{
    operation.async_run(
        finally([] {}, asio::bind_allocator(allocator, [&](error_code) { ++completions; })));
    BOOST_TEST(counts.allocations == 0);
    const long before = support::global_allocations;
    operation.complete_here({});
    BOOST_TEST(support::global_allocations - before == 0);
    BOOST_TEST(counts.allocations == 0);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(asynchronous_cleanup_allocates_once_when_attached, *label("F11"))
{
    operation.async_run(
        finally([&] { return cleaning.async_run(asio::deferred); },
                asio::bind_allocator(allocator, [&](error_code) { ++completions; })));
    BOOST_TEST(counts.allocations == 1);
    asio::post(context, [&] { operation.complete_here({}); });
    context.poll();
    BOOST_TEST(cleaning.waits());
    asio::post(context, [&] {
        cleaning.complete_here({});
        BOOST_TEST(completions == 1); // back already: no hop, no memory for one
    });
    context.poll();
    BOOST_TEST(counts.allocations == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_between_end_and_cleanup, *label("F11"))
{
    long at_end = 0;
    long at_cleanup = 0;
    const auto run = [&](auto token) {
        operation.async_run(finally(
            [&] {
                at_cleanup = support::global_allocations;
                return cleaning.async_run(asio::deferred);
            },
            token));
        asio::dispatch(context, [&] {
            at_end = support::global_allocations;
            operation.complete_here({});
        });
        context.poll();
        BOOST_TEST(at_cleanup - at_end == 0);
        cleaning.complete_here({});
        context.poll();
        context.restart();
    };
    const auto handler = [&](error_code) { ++completions; };
    run(handler);
    run(asio::bind_executor(context, handler));
    run(asio::bind_executor(asio::any_io_executor(context.get_executor()), handler));
    run(asio::bind_executor(asio::make_strand(context), handler));
    // Too large for an any_io_executor to hold without allocating.
    using large = asio::strand<asio::any_io_executor>;
    run(asio::bind_executor(asio::any_io_executor(large(context.get_executor())), handler));
    BOOST_TEST(completions == 5);
}

BOOST_AUTO_TEST_CASE(memory_is_back_before_downstream, *label("E6"))
{
    const auto handler = asio::bind_allocator(allocator, [&](error_code) {
        ++completions;
        BOOST_TEST(counts.live == 0);
    });
    const auto run = [&](auto cleanup) {
        operation.async_run(finally(cleanup, handler));
        BOOST_TEST(counts.live == 1);
        operation.complete_here({});
        context.poll();
        context.restart();
        BOOST_TEST(counts.live == 0);
    };
    run([&] { return asio::post(context, asio::deferred); });
    run([&] { return asio::dispatch(context, asio::deferred); });
    run([&]() -> asio::awaitable<void> { co_return; });
    run([&] { return settle::resolved(context); });
    run([&] { return settle::rejected<void>(context, settle::errc::timed_out); });
    run([&]() -> settle::promise<void> { throw support::cleanup_error(); });
    BOOST_TEST(completions == 6);
}

BOOST_AUTO_TEST_CASE(memory_is_back_when_nothing_started, *label("E6") * label("F17"))
{
    operation.async_run(
        finally([&] { return cleaning.async_run(asio::deferred); },
                asio::bind_allocator(allocator, [&](error_code) { ++completions; })));
    operation.drop();
    BOOST_TEST(counts.live == 0);
    BOOST_TEST(completions == 0);
}

// What the cleanup captured is there while it runs, and released when downstream is called.
BOOST_AUTO_TEST_CASE(cleanup_lives_until_it_has_ended, *label("F14"))
{
    const auto run = [&](auto make) {
        auto captured = std::make_shared<int>(0);
        const std::weak_ptr<int> watch = captured;
        operation.async_run(finally(make(std::move(captured)), [&, watch](error_code) {
            ++completions;
            BOOST_TEST(watch.expired());
        }));
        operation.complete_here({});
        for (bool released = false; cleaning.waits(); released = true) {
            BOOST_TEST(!released);
            BOOST_TEST(!watch.expired());
            cleaning.complete_here({});
        }
        context.poll();
        context.restart();
        BOOST_TEST(watch.expired());
    };
    run([&](auto captured) { return [captured] { ++*captured; }; });
    run([&](auto captured) {
        return [captured] {
            ++*captured;
            throw support::cleanup_error();
        };
    });
    run([&](auto captured) {
        return [this, captured] {
            ++*captured;
            return cleaning.async_run(asio::deferred);
        };
    });
    run([&](auto captured) {
        return [this, captured]() -> asio::awaitable<void> {
            co_await asio::post(context, asio::use_awaitable);
            ++*captured; // through the closure that the coroutine's frame refers to
        };
    });
    run([&](auto captured) {
        return [this, captured] {
            ++*captured;
            return settle::resolved(context);
        };
    });
    run([&](auto captured) { return [captured]() noexcept { ++*captured; }; });
    BOOST_TEST(completions == 6);
}

BOOST_AUTO_TEST_CASE(promises_cleanup_lives_until_it_has_ended, *label("F14"))
{
    auto captured = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = captured;
    auto cleanup = [this, captured, watch]() -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        BOOST_TEST(!watch.expired());
        ++*captured;
    };
    captured.reset();
    settle::resolved(context)
        .finally(std::move(cleanup))
        .then([&] {
            ++completions;
            BOOST_TEST(watch.expired());
        })
        .detach();
    BOOST_TEST(!watch.expired());
    context.run();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(awaitables_cleanup_lives_until_it_has_ended, *label("F14"))
{
    auto captured = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = captured;
    auto cleanup = [this, captured, watch]() -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        BOOST_TEST(!watch.expired());
        ++*captured;
    };
    captured.reset();
    auto operand = []() -> asio::awaitable<void> { co_return; };
    auto guarded = operand() | finally(support::made_callable(std::move(cleanup)));
    BOOST_TEST(!watch.expired());
    asio::co_spawn(context, std::move(guarded), [&](std::exception_ptr e) {
        ++completions;
        BOOST_TEST(!e);
        BOOST_TEST(watch.expired());
    });
    context.run();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_SUITE_END()
