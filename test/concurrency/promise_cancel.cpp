// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Requests to cancel, from another thread than the loop's, that meet everything else.

#include <settle/shared_promise.hpp>

#include "support/race.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using support::race;
using support::rounds;

using executor = asio::io_context::executor_type;
using promise = settle::promise<int, executor>;
using resolver = settle::resolver<int, executor>;

// A loop with a thread of its own.
struct running_loop {
    ~running_loop()
    {
        guard.reset();
        thread.join();
    }

    asio::io_context context;
    asio::executor_work_guard<executor> guard{context.get_executor()};
    std::thread thread{[this] { context.run(); }};
};

} // namespace

BOOST_AUTO_TEST_CASE(cancel_races_with_a_decision, *label("X5") * label("E8"))
{
    running_loop loop;
    std::optional<promise> waiting;
    std::optional<resolver> deciding;
    std::atomic<int> ended = 0;
    std::atomic<int> expected = 0;
    race(
        [&] {
            auto [p, r] = settle::with_resolvers<int>(loop.context);
            r.slot().assign(
                [own = r](cancellation_type) { own.reject(asio::error::operation_aborted); });
            waiting.emplace(std::move(p).then([](int i) { return i; }).finally([] {}));
            deciding.emplace(std::move(r));
        },
        [&] {
            std::move(*waiting)
                .then([&](int) { ++ended; }, [&](const settle::reason&) { ++ended; })
                .detach();
            waiting.reset();
            deciding.reset();
            ++expected;
        },
        [&] { waiting->cancel(); }, [&] { deciding->resolve(1); },
        [&] { waiting->cancel(cancellation_type::total); });
    while (ended != expected)
        std::this_thread::yield();
    BOOST_TEST(ended == rounds);
}

BOOST_AUTO_TEST_CASE(cancel_races_with_locking_in, *label("X5") * label("E8"))
{
    running_loop loop;
    std::optional<promise> waiting;
    std::optional<resolver> deciding;
    std::optional<promise> inner;
    std::atomic<int> ended = 0;
    int expected = 0;
    race(
        [&] {
            auto [p, r] = settle::with_resolvers<int>(loop.context);
            waiting.emplace(std::move(p).then([](int i) { return i; }));
            deciding.emplace(std::move(r));
            auto [q, s] = settle::with_resolvers<int>(loop.context);
            s.slot().assign(
                [own = s](cancellation_type) { own.reject(asio::error::operation_aborted); });
            inner.emplace(std::move(q));
        },
        [&] {
            // However they met, the request has reached what the promise is locked in to.
            std::move(*waiting)
                .then([](int) { BOOST_ERROR("not cancelled"); },
                      [&](settle::error_code) { ++ended; })
                .detach();
            ++expected;
            while (ended != expected)
                std::this_thread::yield();
        },
        [&] { waiting->cancel(); }, [&] { deciding->resolve(*std::move(inner)); });
    BOOST_TEST(ended == rounds);
}

BOOST_AUTO_TEST_CASE(shared_promise_is_attached_to_while_it_settles, *label("E2") * label("E8"))
{
    asio::io_context context;
    using shared_promise = settle::shared_promise<int, executor>;
    std::optional<shared_promise> first;
    std::optional<shared_promise> second;
    std::optional<resolver> deciding;
    std::vector<int> order;
    const auto attach = [&](shared_promise& p, int from) {
        for (int i = from; i < from + 3; ++i)
            p.then([&order, i](int) { order.push_back(i); }).detach();
    };
    race(
        [&] {
            auto [p, r] = settle::with_resolvers<int>(context);
            first.emplace(std::move(p).share());
            second.emplace(*first);
            deciding.emplace(std::move(r));
            order.clear();
        },
        [&] {
            first.reset();
            second.reset();
            deciding.reset();
            context.restart();
            context.run();
            BOOST_TEST(order.size() == 6u);
            // In the order of attachment, of those of one thread.
            int before[2]{-1, -1};
            for (const int i : order) {
                BOOST_TEST(before[i / 3] < i);
                before[i / 3] = i;
            }
        },
        [&] { attach(*first, 0); }, [&] { attach(*second, 3); }, [&] { deciding->resolve(1); });
}

BOOST_AUTO_TEST_CASE(handles_of_a_shared_promise_come_and_go,
                     *label("X5") * label("E8") * label("U1"))
{
    asio::io_context context;
    using shared_promise = settle::shared_promise<int, executor>;
    std::optional<shared_promise> first;
    std::optional<shared_promise> second;
    std::optional<resolver> deciding;
    race(
        [&] {
            auto [p, r] = settle::with_resolvers<int>(context);
            first.emplace(std::move(p).share());
            second.emplace(*first);
            deciding.emplace(std::move(r));
        },
        [&] {
            context.restart();
            context.run();
        },
        [&] {
            auto copy = *first;
            first.reset();
            copy.cancel();
        },
        [&] {
            auto next = second->then([](int i) { return i; });
            second.reset();
            next.cancel();
        },
        [&] {
            deciding->resolve(1);
            deciding.reset();
        });
}

BOOST_AUTO_TEST_CASE(cancel_races_with_the_links_of_a_chain_on_strands, *label("X5") * label("E8"))
{
    asio::thread_pool pool(2);
    using strand = asio::strand<asio::thread_pool::executor_type>;
    std::optional<settle::promise<int, strand>> waiting;
    std::optional<settle::resolver<int, strand>> deciding;
    std::atomic<int> ended = 0;
    race(
        [&] {
            const auto one = asio::make_strand(pool);
            const auto two = asio::make_strand(pool);
            auto [p, r] = settle::with_resolvers<int>(one);
            r.slot().assign(
                [own = r](cancellation_type) { own.reject(asio::error::operation_aborted); });
            waiting.emplace(
                std::move(p)
                    .then(asio::bind_executor(two, [](int i) { return i; }))
                    .then(asio::bind_executor(two, [](int i) { return i; }),
                          asio::bind_executor(one, [](settle::error_code) { return 0; }))
                    .then([&](int) { return ++ended; }));
            deciding.emplace(std::move(r));
        },
        [] {}, [&] { waiting->cancel(); }, [&] { deciding->resolve(1); });
    waiting.reset();
    deciding.reset();
    pool.wait();
    BOOST_TEST(ended == rounds);
}
