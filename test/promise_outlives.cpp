// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Handles that outlive their context.

#include <settle/promise.hpp>

#include "support/report_collector.hpp"

#include <settle/combinators.hpp>
#include <settle/shared_promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_CASE(deciding_after_the_context_has_gone_calls_nothing, *label("B6"))
{
    support::report_collector reports;
    int ran = 0;
    auto context = std::make_unique<asio::io_context>();
    auto [p, r] = settle::with_resolvers<int>(*context);
    auto [q, s] = settle::with_resolvers<int>(*context);
    auto chain = std::move(p).then([&](int) { ++ran; }).finally([&] { ++ran; });
    context.reset();
    r.resolve(1);
    s.resolve(2);
    std::move(q).then([&](int) { ++ran; }).detach();
    std::move(chain).then([&] { ++ran; }).detach();
    BOOST_TEST(ran == 0);
}

BOOST_AUTO_TEST_CASE(handles_dropped_after_the_context_report_nothing, *label("B6") * label("B5"))
{
    support::report_collector reports;
    {
        std::optional<settle::resolver<int>> resolver;
        std::optional<settle::promise<int>> promise;
        std::optional<settle::promise<void>> chain;
        {
            asio::io_context context;
            auto made = settle::with_resolvers<int>(context);
            resolver.emplace(made.resolver);
            promise.emplace(std::move(made.promise));
            auto [p, r] = settle::with_resolvers<int>(context);
            chain.emplace(std::move(p).then([own = r](int) {}));
        }
        resolver.reset();
        promise.reset();
        chain.reset();
    }
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(every_handle_can_be_used_after_its_context, *label("B6"))
{
    support::report_collector reports;
    auto context = std::make_unique<asio::io_context>();
    auto [p, r] = settle::with_resolvers<int>(*context);
    auto settled = settle::resolved(*context, 1);
    auto failed = settle::rejected<int>(*context, errc::timed_out);
    asio::steady_timer(*context).async_wait(settle::use_promise).detach();
    context.reset();

    const auto copy = r;
    settle::promise<int> moved = std::move(settled);
    std::move(moved)([](std::exception_ptr, int) { BOOST_ERROR("called"); });
    settle::as_outcome(std::move(failed))(
        [](const settle::outcome<int>&) { BOOST_ERROR("called"); });
    std::move(p).then([](int) { BOOST_ERROR("called"); }).detach();
    BOOST_TEST(copy.resolve(1));
}

BOOST_AUTO_TEST_CASE(cleanup_in_flight_may_outlive_its_context, *label("B6") * label("B1"))
{
    for (const bool decides : {true, false}) {
        support::report_collector reports;
        auto context = std::make_unique<asio::io_context>();
        auto made = settle::with_resolvers<void>(*context);
        std::optional resolver(made.resolver);
        {
            const auto gone = std::move(made.resolver);
        }
        int ran = 0;
        auto last = settle::resolved(*context, 1)
                        .finally([&] { return std::move(made.promise); })
                        .finally([&] { ++ran; });
        context->poll();
        context.reset();
        if (decides)
            resolver->resolve();
        resolver.reset();
        std::move(last).detach();
        BOOST_TEST(ran == 0);
        // The cleanup that waited, and the one behind it that never began.
        BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 2U);
        BOOST_TEST(reports.count() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(thread_pool_may_go_first, *label("B6"))
{
    int ran = 0;
    auto pool = std::make_unique<asio::thread_pool>(1);
    auto [p, r] = settle::with_resolvers<int>(*pool);
    std::move(p).then([&](int) { ++ran; }).detach();
    pool->stop();
    pool->join();
    pool.reset();
    r.resolve(1);
    BOOST_TEST(ran == 0);
}

BOOST_AUTO_TEST_CASE(promise_may_be_locked_in_after_its_context, *label("B6"))
{
    auto context = std::make_unique<asio::io_context>();
    auto [p, r] = settle::with_resolvers<int>(*context);
    auto [q, s] = settle::with_resolvers<int>(*context);
    auto [u, t] = settle::with_resolvers<int>(*context);
    context.reset();
    BOOST_TEST(r.resolve(std::move(q)));
    BOOST_TEST(t.resolve([]() -> asio::awaitable<int> {
        BOOST_ERROR("started");
        co_return 1;
    }()));
    BOOST_TEST(s.resolve(1));
    std::move(p).then([](int) { BOOST_ERROR("called"); }).detach();
    std::move(u).detach();
}

namespace {

// Everything that consumes a handle, on a context that lives, where the handle's does not.
template <class ExecutorOf>
void consume_elsewhere(ExecutorOf executor_of)
{
    support::report_collector reports;
    asio::io_context elsewhere;
    int ran = 0;
    const auto count = [&ran](auto&&...) { ++ran; };
    const auto outlived = [&] {
        auto context = std::make_unique<asio::io_context>();
        auto p = settle::resolved(executor_of(*context), 1);
        context.reset();
        return p;
    };
    const auto bound = [&](auto f) { return asio::bind_executor(elsewhere, f); };
    outlived().then(bound(count)).detach();
    outlived().then(bound(count), bound([&ran](const settle::reason&) { ++ran; })).detach();
    outlived().catch_(bound([](const settle::reason&) { return 1; })).detach();
    outlived().finally(bound(count)).detach();
    outlived()(bound(count));
    outlived().share().then(bound(count)).detach();
    as_outcome(outlived())(bound(count));
    settle::timeout(24h, outlived()).detach();
    settle::all(outlived(), outlived()).detach();
    settle::resolved(elsewhere)
        .then([p = outlived()]() mutable { return std::move(p); })
        .then(count)
        .detach();
    asio::co_spawn(
        elsewhere,
        [](auto p) -> asio::awaitable<void> {
            auto waiting = std::move(p)(asio::use_awaitable);
            co_await std::move(waiting);
        }(outlived()),
        count);
    elsewhere.run();
    BOOST_TEST(ran > 0);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 0u);
}

} // namespace

BOOST_AUTO_TEST_CASE(handles_of_a_dead_context_may_be_consumed_elsewhere, *label("B6"))
{
    consume_elsewhere([](asio::io_context& context) { return context.get_executor(); });
    consume_elsewhere([](asio::io_context& context) { return asio::make_strand(context); });
    consume_elsewhere([](asio::io_context& context) {
        return asio::any_io_executor(asio::make_strand(context));
    });
}

// What settle knows of the dead context serves the next one by then.
BOOST_AUTO_TEST_CASE(link_of_a_dead_context_is_not_taken_for_the_next_ones,
                     *label("B6") * label("E8"))
{
    using settle::detail::promise_access;
    using settle::detail::thread_bias;
    auto dead = std::make_unique<asio::io_context>();
    auto made = settle::with_resolvers<int>(*dead);
    dead.reset();
    asio::io_context next(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
    auto other = settle::resolved(next, 1);
    BOOST_TEST(promise_access::state(other)->bias() == &thread_bias::of_one_thread);
    auto link = std::move(made.promise).then([](int v) { return v; });
    BOOST_TEST(promise_access::state(link)->bias() != &thread_bias::of_one_thread);
}
