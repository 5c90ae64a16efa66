// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The queue of ready continuations, and its lock, between threads.

#include <settle/detail/biased_lock.hpp>
#include <settle/detail/ready_queue.hpp>

#include "support/race.hpp"

#include <settle/combinators.hpp>
#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;

// Makes a chain of many links, one after the other, each by the handler before.
template <class Executor>
void go_on(const Executor& executor, int left, std::atomic<int>& ran)
{
    settle::resolved(executor, left)
        .then([executor, &ran](int still) {
            // Relaxed: read when all threads have ended.
            ran.fetch_add(1, std::memory_order_relaxed);
            if (still > 1)
                go_on(executor, still - 1, ran);
        })
        .detach();
}

} // namespace

BOOST_AUTO_TEST_CASE(chains_on_one_context_run_by_two_threads, *label("E8") * label("E9"))
{
    constexpr int chains = 64;
    constexpr int links = 200;
    std::atomic<int> ran = 0;
    asio::io_context context;
    for (int i = 0; i < chains; ++i)
        go_on(context.get_executor(), links, ran);
    std::thread other([&] { context.run(); });
    context.run();
    other.join();
    BOOST_TEST(ran == chains * links);
}

BOOST_AUTO_TEST_CASE(chains_on_a_pool, *label("E8") * label("E9"))
{
    constexpr int chains = 64;
    constexpr int links = 200;
    std::atomic<int> ran = 0;
    asio::thread_pool pool(3);
    for (int i = 0; i < chains; ++i)
        go_on(pool.get_executor(), links, ran);
    pool.join();
    BOOST_TEST(ran == chains * links);
}

BOOST_AUTO_TEST_CASE(decisions_from_elsewhere_wake_the_loop, *label("E8") * label("E5"))
{
    constexpr int many = 5000;
    int ran = 0; // on the loop's one thread
    asio::io_context context;
    auto work = asio::make_work_guard(context);
    std::thread loop([&] { context.run(); });
    for (int i = 0; i < many; ++i) {
        auto made = settle::with_resolvers<int>(context);
        std::move(made.promise)
            .then([&, i](int) {
                if (++ran == many)
                    work.reset();
                static_cast<void>(i);
            })
            .detach();
        made.resolver.resolve(i);
    }
    loop.join();
    BOOST_TEST(ran == many);
}

BOOST_AUTO_TEST_CASE(exceptions_on_two_threads_lose_nothing, *label("E10") * label("E8"))
{
    constexpr int many = 2000;
    std::atomic<int> called = 0;
    std::atomic<int> thrown = 0;
    asio::io_context context;
    for (int i = 0; i < many; ++i) {
        settle::resolved(context, i)([&](std::exception_ptr, int value) {
            called.fetch_add(1, std::memory_order_relaxed);
            if (value % 7 == 0)
                throw std::runtime_error("of the handler");
        });
    }
    const auto run = [&] {
        for (bool ended = false; !ended;) {
            try {
                context.run();
                ended = true;
            } catch (const std::runtime_error&) {
                thrown.fetch_add(1, std::memory_order_relaxed);
            }
        }
    };
    std::thread other(run);
    run();
    other.join();
    BOOST_TEST(called == many);
    BOOST_TEST(thrown == (many + 6) / 7);
}

// A context without locks is one thread's; what its promises are handed to need not be.
BOOST_AUTO_TEST_CASE(context_without_locks_hands_on_to_others, *label("E8") * label("E1"))
{
    constexpr int many = 2000;
    std::atomic<int> elsewhere = 0;
    int here = 0;
    {
        asio::thread_pool pool(2);
        asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
        const auto count = [&](auto&&...) { elsewhere.fetch_add(1, std::memory_order_relaxed); };
        for (int i = 0; i < many; ++i) {
            auto made = settle::with_resolvers<int>(context);
            auto link = std::move(made.promise).then([&](int value) {
                ++here;
                return value;
            });
            if (i % 4 == 0)
                std::move(link).then(asio::bind_executor(pool, count)).detach();
            else if (i % 4 == 1)
                std::move(link)(asio::bind_executor(pool, count));
            else if (i % 4 == 2)
                std::move(link).share().then(asio::bind_executor(pool, count)).detach();
            else {
                std::vector<decltype(link)> one;
                one.push_back(std::move(link));
                settle::all(pool, std::move(one)).then(count).detach();
            }
            made.resolver.resolve(i);
        }
        context.run();
        pool.join();
    }
    BOOST_TEST(here == many);
    BOOST_TEST(elsewhere == many);
}

// Blocks of memory that one thread makes and another frees.
BOOST_AUTO_TEST_CASE(memory_crosses_threads, *label("E8"))
{
    constexpr int many = 20'000;
    int sum = 0;
    asio::io_context context;
    std::vector<settle::promise<int, asio::io_context::executor_type>> promises;
    promises.reserve(many);
    std::thread maker([&] {
        for (int i = 0; i < many; ++i)
            promises.push_back(settle::resolved(context, 1).then([](int one) { return one; }));
    });
    maker.join();
    for (auto& p : promises)
        std::move(p).then([&](int one) { sum += one; }).detach();
    context.run();
    BOOST_TEST(sum == many);
}
