// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Chains on executors with several threads, on strands and on the system executor.

#include <settle/promise.hpp>

#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

constexpr int chains = 500;

// Counts, with a data race to be found if two handlers of one strand ever overlap.
struct unguarded {
    int value = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(chains_on_a_thread_pool_all_end, *label("E8"))
{
    support::report_collector reports;
    asio::thread_pool pool(4);
    std::atomic<int> steps = 0;
    std::vector<std::future<int>> ends;
    for (int i = 0; i < chains; ++i) {
        auto [p, r] = settle::with_resolvers<std::unique_ptr<int>>(pool);
        asio::post(pool, [own = std::move(r), i] { own.resolve(std::make_unique<int>(i)); });
        auto chain = std::move(p)
                         .then([&](std::unique_ptr<int> n) {
                             ++steps;
                             return *n;
                         })
                         .finally([&] { ++steps; })
                         .then([&](int n) {
                             ++steps;
                             return settle::resolved(pool, n + 1);
                         })
                         .finally([&] {
                             ++steps;
                             return asio::post(pool, asio::deferred);
                         })
                         .then([&](int n) -> asio::awaitable<int> {
                             ++steps;
                             co_await asio::post(pool, asio::use_awaitable);
                             co_return n;
                         });
        ends.push_back(std::move(chain)(asio::use_future));
    }
    int sum = 0;
    for (auto& end : ends)
        sum += end.get();
    pool.join();
    BOOST_TEST(sum == chains * (chains + 1) / 2);
    BOOST_TEST(steps == 5 * chains);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(failures_on_a_thread_pool_are_neither_lost_nor_doubled,
                     *label("E8") * label("U1"))
{
    support::report_collector reports;
    asio::thread_pool pool(4);
    std::atomic<int> caught = 0;
    for (int i = 0; i < chains; ++i) {
        auto failing = settle::attempt(pool, [&]() -> asio::awaitable<void> {
            co_await asio::post(pool, asio::use_awaitable);
            throw support::operation_error();
        });
        if (i % 2 == 0)
            std::move(failing)
                .finally([] { throw support::cleanup_error(); })
                .catch_([&](const settle::reason& why) {
                    caught += static_cast<int>(why.suppressed().size());
                })
                .detach();
        else
            std::move(failing).finally([] {}).detach();
    }
    pool.join();
    BOOST_TEST(caught == chains / 2);
    BOOST_TEST(reports.count() == static_cast<std::size_t>(chains / 2));
}

BOOST_AUTO_TEST_CASE(handlers_of_a_strand_do_not_overlap, *label("E8"))
{
    asio::thread_pool pool(4);
    const auto strand = asio::make_strand(pool);
    unguarded count;
    for (int i = 0; i < chains; ++i)
        settle::resolved(strand, i)
            .then([&](int) { ++count.value; })
            .finally([&] { ++count.value; })
            .then([&] { return asio::post(pool, asio::deferred); })
            .then([&] { ++count.value; })
            .detach();
    pool.join();
    BOOST_TEST(count.value == 3 * chains);
}

BOOST_AUTO_TEST_CASE(handlers_bound_to_a_strand_do_not_overlap, *label("E8") * label("E1"))
{
    asio::thread_pool pool(4);
    const auto strand = asio::make_strand(pool);
    unguarded count;
    for (int i = 0; i < chains; ++i)
        settle::resolved(pool, i)
            .then([](int) {})
            .then(asio::bind_executor(strand, [&] { ++count.value; }))
            .finally(asio::bind_executor(strand, [&] { ++count.value; }))
            .detach();
    pool.join();
    BOOST_TEST(count.value == 2 * chains);
}

BOOST_AUTO_TEST_CASE(context_run_by_several_threads, *label("E8") * label("E5"))
{
    asio::io_context context;
    std::atomic<int> steps = 0;
    for (int i = 0; i < chains; ++i)
        settle::resolved(context, i)
            .then([&](int) { ++steps; })
            .finally([&] { return asio::post(context, asio::deferred); })
            .then([&] { ++steps; })
            .detach();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { context.run(); });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(steps == 2 * chains);
}

BOOST_AUTO_TEST_CASE(system_executor_runs_chains, *label("E8"))
{
    std::vector<std::future<int>> ends;
    for (int i = 0; i < chains; ++i)
        ends.push_back(settle::resolved(asio::system_executor(), i)
                           .then([](int n) { return n + 1; })
                           .finally([] {})(asio::use_future));
    int sum = 0;
    for (auto& end : ends)
        sum += end.get();
    BOOST_TEST(sum == chains * (chains + 1) / 2);
}

BOOST_AUTO_TEST_CASE(operations_of_a_pool_settle_promises, *label("E8"))
{
    asio::thread_pool pool(4);
    std::atomic<int> ran = 0;
    for (int i = 0; i < chains; ++i)
        asio::post(pool, settle::use_promise).then([&] { ++ran; }).finally([&] { ++ran; }).detach();
    pool.join();
    BOOST_TEST(ran == 2 * chains);
}

BOOST_AUTO_TEST_CASE(pool_stopped_in_the_middle_loses_no_memory, *label("B1") * label("E8"))
{
    support::report_collector reports;
    const auto captured = std::make_shared<int>(0);
    for (int round = 0; round < 20; ++round) {
        asio::thread_pool pool(3);
        for (int i = 0; i < 50; ++i)
            settle::resolved(pool, i)
                .then([captured](int n) { return n; })
                .finally([&pool, captured] { return asio::post(pool, asio::deferred); })
                .then([captured](int) {})
                .detach();
        pool.stop();
    }
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count() == reports.count(settle::report_kind::abandoned_cleanup));
}

BOOST_AUTO_TEST_CASE(resolvers_on_other_threads_may_outlive_the_pool, *label("B6") * label("E8"))
{
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> ran = 0;
        std::vector<std::thread> threads;
        std::promise<void> gone;
        const auto after = gone.get_future().share();
        {
            asio::thread_pool pool(2);
            for (int i = 0; i < 3; ++i) {
                auto [p, r] = settle::with_resolvers<int>(pool);
                std::move(p).then([&](int) { ++ran; }).detach();
                threads.emplace_back([after, own = std::move(r)] {
                    after.wait();
                    own.resolve(1);
                });
            }
        }
        gone.set_value();
        for (auto& thread : threads)
            thread.join();
        BOOST_TEST(ran == 0);
    }
}
