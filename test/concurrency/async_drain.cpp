// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Contexts with several threads that are drained while cleanups begin and end.

#include <settle/async_drain.hpp>
#include <settle/decorators.hpp>
#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "../support/report_collector.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::async_drain;
using settle::best_effort;
using settle::drain_result;
using settle::within;
using namespace std::chrono_literals;

namespace {

constexpr int rounds = 300;

} // namespace

BOOST_AUTO_TEST_SUITE(concurrent_draining)

BOOST_AUTO_TEST_CASE(cleanups_that_end_while_they_are_drained, *label("E8"))
{
    std::atomic<int> cleanups = 0;
    std::atomic<int> completions = 0;
    std::atomic<int> drained = 0;
    std::atomic<std::uint64_t> left = 0;
    {
        asio::thread_pool pool(3);
        for (int i = 0; i < rounds; ++i) {
            asio::post(pool, settle::finally(
                                 [&] {
                                     ++cleanups;
                                     return asio::post(pool, asio::deferred);
                                 },
                                 [&](std::exception_ptr) { ++completions; }));
            settle::resolved(pool)
                .finally([&] {
                    ++cleanups;
                    return asio::post(pool, asio::deferred);
                })
                .then([&] { ++completions; })
                .detach();
            if (i % 50 == 0)
                async_drain(pool, 24h, [&](settle::error_code, drain_result result) {
                    left += result.abandoned + result.forced;
                    ++drained;
                });
        }
        pool.join();
    }
    BOOST_TEST(cleanups == 2 * rounds);
    BOOST_TEST(completions == 2 * rounds);
    BOOST_TEST(drained == rounds / 50);
    BOOST_TEST(left == 0u);
}

BOOST_AUTO_TEST_CASE(cleanups_on_strands_that_are_cancelled, *label("E8") * label("X2"))
{
    support::report_collector reports;
    std::atomic<int> completions = 0;
    std::atomic<std::uint64_t> forced = 0;
    {
        asio::thread_pool pool(3);
        // Half of them would last for ever, the others end at about the deadline.
        for (int i = 0; i < rounds; ++i) {
            auto waits = [last = i % 2 == 0 ? 24h : 0h]() -> asio::awaitable<void> {
                asio::steady_timer timer(co_await asio::this_coro::executor, last);
                co_await timer.async_wait(asio::use_awaitable);
            };
            auto strand = asio::make_strand(pool);
            asio::post(strand,
                       settle::finally(best_effort(within(24h, std::move(waits))),
                                       asio::bind_executor(strand, [&] { ++completions; })));
        }
        // Again and again, for those that are not due the first time.
        std::function<void()> drain = [&] {
            async_drain(pool, 0ns, [&](settle::error_code, drain_result result) {
                forced += result.forced;
                if (completions != rounds)
                    drain();
            });
        };
        drain();
        pool.join();
    }
    BOOST_TEST(completions == rounds);
    BOOST_TEST(forced <= static_cast<std::uint64_t>(rounds));
}

BOOST_AUTO_TEST_SUITE_END()
