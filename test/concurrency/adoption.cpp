// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Operations that end on another executor than the promise's which waits for them, as requests to
// cancel come.

#include <settle/coroutine.hpp>
#include <settle/promise.hpp>
#include <settle/resolver.hpp>

#include "support/race.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using support::race_for;

using executor = asio::io_context::executor_type;
using promise = settle::promise<void, executor>;

constexpr int rounds = 500;

// Each loop has a thread of its own.
struct two_loops {
    ~two_loops()
    {
        guard.reset();
        thread.join();
        other.join();
    }

    /// Makes a promise that waits for what `make` is called for, and asks to cancel it meanwhile.
    template <class Make>
    void cancelled_while_it_ends_elsewhere(Make make)
    {
        std::optional<promise> waiting;
        std::atomic<int> ended = 0;
        int expected = 0;
        race_for(
            rounds, [&] { waiting.emplace(make()); },
            [&] {
                const auto end = [&](auto&&...) {
                    BOOST_TEST(home.get_executor().running_in_this_thread());
                    ++ended;
                };
                std::move(*waiting).then([&] { end(); }, [&](error_code) { end(); }).detach();
                ++expected;
                while (ended != expected)
                    std::this_thread::yield();
            },
            [&] { waiting->cancel(); }, [&] { waiting->cancel(); });
        BOOST_TEST(ended == rounds);
    }

    /// A hop on the other loop.
    auto async_hop()
    {
        return asio::post(other, asio::bind_executor(other.get_executor(), asio::deferred));
    }

    /// An operation that is dropped on the other loop.
    auto async_dropped()
    {
        return asio::async_initiate<const asio::deferred_t, void(error_code)>(
            [this](auto&& handler) {
                asio::post(other, [own = std::forward<decltype(handler)>(handler)] {});
            },
            asio::deferred);
    }

    asio::io_context home;
    asio::executor_work_guard<executor> guard{home.get_executor()};
    std::thread thread{[this] { home.run(); }};
    asio::thread_pool other{1};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(adoption, two_loops, *label("X5") * label("E8"))

BOOST_AUTO_TEST_CASE(what_a_handler_returned)
{
    cancelled_while_it_ends_elsewhere(
        [&] { return settle::resolved(home).then([&] { return async_hop(); }); });
}

BOOST_AUTO_TEST_CASE(what_a_handler_returned_and_a_signal_ends)
{
    // It has expired; a signal may end it before.
    asio::steady_timer timer(other, asio::steady_timer::time_point::min());
    cancelled_while_it_ends_elsewhere([&] {
        return settle::resolved(home).then([&] {
            return timer.async_wait(asio::bind_executor(other.get_executor(), asio::deferred));
        });
    });
}

BOOST_AUTO_TEST_CASE(what_a_handler_returned_and_is_dropped, *label("B3"))
{
    cancelled_while_it_ends_elsewhere(
        [&] { return settle::resolved(home).then([&] { return async_dropped(); }); });
}

BOOST_AUTO_TEST_CASE(what_an_attempt_returned)
{
    cancelled_while_it_ends_elsewhere(
        [&] { return settle::attempt(home.get_executor(), [&] { return async_hop(); }); });
}

BOOST_AUTO_TEST_CASE(what_a_promise_is_resolved_with)
{
    cancelled_while_it_ends_elsewhere([&] {
        auto [p, r] = settle::with_resolvers<void>(home);
        r.resolve(async_hop());
        return std::move(p);
    });
}

BOOST_AUTO_TEST_CASE(what_a_coroutine_awaits, *label("C2"))
{
    const auto body = [this](executor) -> promise {
        auto hop = async_hop();
        co_await std::move(hop);
    };
    cancelled_while_it_ends_elsewhere([&] { return body(home.get_executor()); });
}

BOOST_AUTO_TEST_SUITE_END()
