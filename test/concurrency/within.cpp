// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Deadlines and ends of cleanups at the same time, on a context with several threads.

#include <settle/decorators.hpp>
#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "../support/report_collector.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::best_effort;
using settle::within;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 500;

struct counts {
    std::atomic<int> cleanups{0};
    std::atomic<int> forces{0};
    std::atomic<int> completions{0};
    std::atomic<int> late{0};
    std::atomic<int> others{0};

    auto handler()
    {
        return [this](settle::error_code ec) {
            late += ec == settle::errc::timed_out;
            others += ec && ec != settle::errc::timed_out;
            ++completions;
        };
    }
};

/// Lasts about as long as a deadline of nothing takes to be noticed.
auto tidies(counts& c, asio::thread_pool& pool)
{
    return [&c, &pool]() -> asio::awaitable<void> {
        ++c.cleanups;
        asio::steady_timer timer(co_await asio::this_coro::executor, 0s);
        co_await timer.async_wait(asio::use_awaitable);
        co_await asio::post(pool, asio::use_awaitable);
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(concurrent_deadlines)

BOOST_AUTO_TEST_CASE(end_and_deadline_of_an_operation, *label("X4") * label("E8"))
{
    support::report_collector reports;
    counts c;
    {
        asio::thread_pool pool(3);
        for (int i = 0; i < rounds; ++i)
            asio::post(pool,
                       settle::finally(within(0ns, tidies(c, pool), [&]() noexcept { ++c.forces; }),
                                       [&](std::exception_ptr failure) {
                                           c.late += failure != nullptr;
                                           ++c.completions;
                                       }));
        pool.join();
    }
    BOOST_TEST(c.cleanups == rounds);
    BOOST_TEST(c.completions == rounds);
    BOOST_TEST(c.late == c.forces);
}

BOOST_AUTO_TEST_CASE(end_and_deadline_that_cancels, *label("X4") * label("E8"))
{
    support::report_collector reports;
    counts c;
    {
        asio::thread_pool pool(3);
        std::vector<std::unique_ptr<asio::steady_timer>> timers;
        for (int i = 0; i < rounds; ++i) {
            auto& timer = *timers.emplace_back(std::make_unique<asio::steady_timer>(pool, 0s));
            timer.async_wait(settle::finally(within(0ns, tidies(c, pool)), c.handler()));
        }
        pool.join();
    }
    BOOST_TEST(c.cleanups == rounds);
    BOOST_TEST(c.completions == rounds);
    BOOST_TEST(c.others == 0);
}

BOOST_AUTO_TEST_CASE(deadlines_of_promises_one_within_another, *label("X4") * label("E8"))
{
    support::report_collector reports;
    counts c;
    {
        asio::thread_pool pool(3);
        for (int i = 0; i < rounds; ++i)
            settle::resolved(pool)
                .finally(best_effort(
                    within(1us, within(0ns, tidies(c, pool), [&]() noexcept { ++c.forces; }))))
                .then([&] { ++c.completions; })
                .detach();
        pool.join();
    }
    BOOST_TEST(c.cleanups == rounds);
    BOOST_TEST(c.completions == rounds);
}

BOOST_AUTO_TEST_CASE(stragglers_of_a_pool_that_stops, *label("X4") * label("B1"))
{
    support::report_collector reports;
    counts c;
    const auto alive = std::make_shared<int>();
    {
        asio::thread_pool pool(3);
        auto waits = [alive]() -> asio::awaitable<void> {
            const auto local = alive;
            asio::steady_timer timer(co_await asio::this_coro::executor, 24h);
            co_await timer.async_wait(asio::use_awaitable);
        };
        std::atomic<int> ended = 0;
        for (int i = 0; i < rounds; ++i)
            asio::post(pool, settle::finally(within(0ns, waits, [&]() noexcept { ++c.forces; }),
                                             [&](std::exception_ptr) { ++ended; }));
        while (ended != rounds)
            std::this_thread::yield();
        pool.stop();
        pool.join();
    }
    BOOST_TEST(c.forces == rounds);
    BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
