// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Stacks that are built on one thread, disposed on another and waited for on a third.

#include <settle/cleanup_stack.hpp>
#include <settle/promise.hpp>

#include "../support/report_collector.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;

namespace {

constexpr int rounds = 300;
constexpr int entries = 8;

/// What one stack's cleanups find, each after the one before: no atomic, so that a missing order
/// is a race.
struct log {
    int next = entries - 1;
    bool in_order = true;

    void add(int entry) { in_order = in_order && entry == next--; }
};

/// Half of the cleanups are waited for.
void fill(settle::cleanup_stack& stack, log& written, asio::thread_pool& pool)
{
    for (int entry = 0; entry < entries; ++entry) {
        if (entry % 2 == 0)
            stack.defer([&written, entry] { written.add(entry); });
        else
            stack.defer([&written, &pool, entry] {
                written.add(entry);
                return asio::post(pool, asio::deferred);
            });
    }
}

struct one_stack {
    log written;
    std::optional<settle::cleanup_stack> stack;
};

} // namespace

BOOST_AUTO_TEST_SUITE(concurrent_stacks)

BOOST_AUTO_TEST_CASE(cleanups_of_a_pool_run_one_after_another, *label("K1") * label("E8"))
{
    std::atomic<int> disposed = 0;
    std::atomic<int> in_order = 0;
    asio::thread_pool pool(3);
    for (int i = 0; i < rounds; ++i) {
        auto one = std::make_shared<one_stack>();
        one->stack.emplace(pool);
        fill(*one->stack, one->written, pool);
        asio::post(pool, [&, one] {
            one->stack->dispose()
                .then([&, one] {
                    in_order += one->written.in_order && one->written.next == -1;
                    ++disposed;
                })
                .detach();
            one->stack.reset();
        });
    }
    pool.join();
    BOOST_TEST(disposed == rounds);
    BOOST_TEST(in_order == rounds);
}

BOOST_AUTO_TEST_CASE(cleanups_on_a_strand_are_waited_for_on_the_pool, *label("K1") * label("E1"))
{
    std::atomic<int> disposed = 0;
    std::atomic<int> in_order = 0;
    asio::thread_pool pool(3);
    for (int i = 0; i < rounds; ++i) {
        auto one = std::make_shared<one_stack>();
        one->stack.emplace(pool);
        const auto strand = asio::make_strand(pool);
        for (int entry = 0; entry < entries; ++entry) {
            auto cleanup = [&written = one->written, entry] { written.add(entry); };
            if (entry % 2 == 0)
                one->stack->defer(asio::bind_executor(strand, cleanup));
            else
                one->stack->defer(cleanup);
        }
        asio::post(pool, [&, one] {
            one->stack->dispose()
                .then([&, one] {
                    in_order += one->written.in_order && one->written.next == -1;
                    ++disposed;
                })
                .detach();
        });
    }
    pool.join();
    BOOST_TEST(disposed == rounds);
    BOOST_TEST(in_order == rounds);
}

BOOST_AUTO_TEST_CASE(bodies_that_fail_while_others_end, *label("K2") * label("E8"))
{
    std::atomic<int> cleaned_up = 0;
    std::atomic<int> succeeded = 0;
    std::atomic<int> failed = 0;
    asio::thread_pool pool(3);
    for (int i = 0; i < rounds; ++i) {
        auto body = [&, i](settle::cleanup_stack& stack) -> asio::awaitable<int> {
            auto& adopted = stack.adopt(std::make_unique<int>(i), [&](auto& value) {
                cleaned_up += *value == i;
                return asio::post(pool, asio::deferred);
            });
            co_await asio::post(pool, asio::use_awaitable);
            if (i % 2 == 0)
                throw std::runtime_error("no");
            co_return *adopted;
        };
        settle::with_cleanup(pool, body)
            .then([&, i](int value) { succeeded += value == i; },
                  [&](std::exception_ptr) { ++failed; })
            .detach();
    }
    pool.join();
    BOOST_TEST(cleaned_up == rounds);
    BOOST_TEST(succeeded == rounds / 2);
    BOOST_TEST(failed == rounds / 2);
}

BOOST_AUTO_TEST_CASE(pool_stops_while_stacks_are_disposed, *label("K7") * label("B1"))
{
    support::report_collector reports;
    const auto alive = std::make_shared<int>();
    {
        asio::thread_pool pool(3);
        for (int i = 0; i < rounds; ++i) {
            auto stack = std::make_shared<settle::cleanup_stack>(pool);
            for (int entry = 0; entry < entries; ++entry)
                stack->defer([alive, &pool] { return asio::post(pool, asio::deferred); });
            asio::post(pool, [stack, &pool, i] {
                stack->dispose().detach();
                if (i == rounds / 2)
                    pool.stop();
            });
        }
        pool.join();
    }
    BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
