// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Inputs that settle, lose and are cancelled on several threads.

#include <settle/combinators.hpp>

#include "support/report_collector.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::unit_test::label;
using settle::errc;

constexpr int rounds = 300;
constexpr int width = 8;

using value = std::shared_ptr<int>;
using promise = settle::promise<value, asio::thread_pool::executor_type>;
using resolver = settle::resolver<value, asio::thread_pool::executor_type>;

struct crowd {
    explicit crowd(asio::thread_pool& pool)
    {
        for (int i = 0; i < width; ++i) {
            auto made = settle::with_resolvers<value>(pool);
            promises.push_back(std::move(made.promise));
            resolvers.push_back(std::move(made.resolver));
        }
    }

    // Half of them each on a thread.
    template <class Decide>
    void decide(Decide decide_one)
    {
        const auto half = [&](std::size_t begin) {
            for (auto i = begin; i < resolvers.size(); i += 2)
                decide_one(resolvers[i], static_cast<int>(i));
        };
        std::thread odd([&] { half(1); });
        half(0);
        odd.join();
        resolvers.clear();
    }

    std::vector<promise> promises;
    std::vector<resolver> resolvers;
};

} // namespace

BOOST_AUTO_TEST_CASE(all_on_a_pool_has_every_value_in_order, *label("P10") * label("E8"))
{
    asio::thread_pool pool(2);
    const auto counted = std::make_shared<int>(0);
    std::atomic<int> right = 0;
    for (int round = 0; round < rounds; ++round) {
        crowd c(pool);
        auto all = settle::all(pool, std::move(c.promises));
        c.decide([](const resolver& r, int i) { r.resolve(std::make_shared<int>(i)); });
        std::move(all)
            .then([&right, counted](const std::vector<value>& values) {
                bool in_order = values.size() == std::size_t{width};
                for (int i = 0; in_order && i < width; ++i)
                    in_order = *values[static_cast<std::size_t>(i)] == i;
                right += in_order ? 1 : 0;
            })
            .detach();
    }
    pool.join();
    BOOST_TEST(right == rounds);
    BOOST_TEST(counted.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(one_of_several_rejections_wins, *label("P10") * label("E8"))
{
    support::report_collector reports;
    asio::thread_pool pool(2);
    const auto kept = std::make_shared<int>(0);
    std::atomic<int> ended = 0;
    for (int round = 0; round < rounds; ++round) {
        crowd c(pool);
        auto all = settle::all(settle::cancel_losers, pool, std::move(c.promises));
        c.decide([&](const resolver& r, int i) {
            if (i % 3 == 0)
                r.reject(errc::timed_out);
            else
                r.resolve(kept);
        });
        std::move(all)
            .then([](const std::vector<value>&) { BOOST_ERROR("fulfilled"); },
                  [&](settle::error_code ec) { ended += ec == errc::timed_out ? 1 : 0; })
            .detach();
    }
    pool.join();
    BOOST_TEST(ended == rounds);
    BOOST_TEST(kept.use_count() == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(one_winner_of_any_and_of_race, *label("P10") * label("E8"))
{
    support::report_collector reports;
    asio::thread_pool pool(2);
    const auto kept = std::make_shared<int>(0);
    std::atomic<int> ended = 0;
    for (int round = 0; round < rounds; ++round) {
        crowd c(pool);
        crowd d(pool);
        auto any = settle::any(settle::cancel_losers, pool, std::move(c.promises));
        auto race = settle::race(pool, std::move(d.promises));
        const auto decide = [&](const resolver& r, int i) {
            if (i < 2)
                r.reject(errc::timed_out);
            else
                r.resolve(kept);
        };
        c.decide(decide);
        d.decide(decide);
        std::move(any).then([&](const value& v) { ended += v == kept ? 1 : 0; }).detach();
        std::move(race)
            .then([&](const value&) { ++ended; }, [&](settle::error_code) { ++ended; })
            .detach();
    }
    pool.join();
    BOOST_TEST(ended == 2 * rounds);
    BOOST_TEST(kept.use_count() == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(inputs_that_settle_while_they_are_attached_are_not_lost,
                     *label("P10") * label("E8"))
{
    support::report_collector reports;
    asio::thread_pool pool(2);
    std::atomic<int> ended = 0;
    for (int round = 0; round < rounds; ++round) {
        crowd c(pool);
        std::thread deciding([&] {
            for (auto& r : c.resolvers)
                r.resolve(nullptr);
        });
        settle::all(pool, std::move(c.promises))
            .then([&](const std::vector<value>& values) {
                ended += values.size() == std::size_t{width} ? 1 : 0;
            })
            .detach();
        deciding.join();
    }
    pool.join();
    BOOST_TEST(ended == rounds);
}

BOOST_AUTO_TEST_CASE(cancelling_while_inputs_settle_is_safe, *label("X5") * label("E8"))
{
    asio::thread_pool pool(2);
    std::atomic<int> ended = 0;
    for (int round = 0; round < rounds; ++round) {
        crowd c(pool);
        std::vector<settle::shared_promise<value, asio::thread_pool::executor_type>> shared;
        for (auto& p : c.promises)
            shared.push_back(std::move(p).share());
        auto all = settle::all_settled(pool, std::move(shared));
        std::thread cancelling([&] {
            all.cancel();
            all.cancel(asio::cancellation_type::partial);
        });
        std::thread also([&] { all.cancel(); });
        c.decide([](const resolver& r, int i) {
            if (i % 2 == 0)
                r.resolve(std::make_shared<int>(i));
            else
                r.reject(errc::timed_out);
        });
        cancelling.join();
        also.join();
        std::move(all)
            .then([&](const auto& outcomes) {
                ended += outcomes.size() == std::size_t{width} ? 1 : 0;
            })
            .detach();
    }
    pool.join();
    BOOST_TEST(ended == rounds);
}

BOOST_AUTO_TEST_CASE(pool_destroyed_with_pending_combinators_frees_them,
                     *label("B1") * label("P10"))
{
    support::report_collector reports;
    const auto kept = std::make_shared<int>(0);
    for (int round = 0; round < rounds / 10; ++round) {
        auto pool = std::make_unique<asio::thread_pool>(2);
        crowd c(*pool);
        auto& last = c.resolvers.back();
        settle::all(*pool, std::move(c.promises))
            .then([kept](const auto&) { BOOST_ERROR("called"); })
            .detach();
        for (auto& r : c.resolvers)
            if (&r != &last)
                r.resolve(kept);
        pool.reset();
    }
    BOOST_TEST(kept.use_count() == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(deadline_against_the_source_on_a_pool, *label("X6") * label("E8"))
{
    support::report_collector reports;
    std::atomic<int> ended = 0;
    {
        asio::thread_pool pool(2);
        for (int round = 0; round < rounds; ++round) {
            auto made = settle::with_resolvers<value>(pool);
            settle::timeout(std::chrono::microseconds(round % 20), std::move(made.promise))
                .then([&](const value&) { ++ended; },
                      [&](settle::error_code ec) { ended += ec == errc::timed_out ? 1 : 0; })
                .detach();
            made.resolver.resolve(nullptr);
        }
        pool.join();
    }
    BOOST_TEST(ended == rounds);
    BOOST_TEST(reports.count() == 0U);
}
