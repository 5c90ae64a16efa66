// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() where operation, cleanup and handler are on different threads.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/settle_after.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::finally;
using support::settle_after;

namespace {

constexpr int many = 300;

// Boost.Test's checks are not for several threads: they count, and the test checks in the end.
struct counts {
    std::atomic<int> cleanups{0};
    std::atomic<int> completions{0};
    std::atomic<int> wrong{0};

    void expect(bool right) { wrong += !right; }
};

/// One operation's plain data, which its cleanup writes and its handler reads: a race unless the
/// hand-over between threads is right.
struct plain {
    int written = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(finally_on_several_threads)

BOOST_AUTO_TEST_CASE(cleanups_on_a_thread_pool, *label("F10") * label("F15") * label("E8"))
{
    counts c;
    {
        asio::thread_pool pool(4);
        asio::thread_pool others(2);
        for (int i = 0; i < many; ++i) {
            auto data = std::make_shared<plain>();
            const auto handler = [&c, data](std::exception_ptr e) {
                ++c.completions;
                c.expect(!e && data->written == 1);
            };
            const auto begin = [&c, data] {
                ++c.cleanups;
                ++data->written;
            };
            switch (i % 4) {
            case 0:
                asio::post(pool, finally(begin, handler));
                break;
            case 1:
                asio::post(pool, finally(
                                     [&others, begin] {
                                         begin();
                                         return asio::post(
                                             others, asio::bind_executor(others.get_executor(),
                                                                         asio::deferred));
                                     },
                                     handler));
                break;
            case 2:
                asio::post(pool, finally(
                                     [&others, begin] {
                                         begin();
                                         return settle_after(others.get_executor(), 3, nullptr,
                                                             settle::use_promise);
                                     },
                                     handler));
                break;
            case 3:
                asio::post(pool, finally(
                                     [&others, begin]() -> asio::awaitable<void> {
                                         begin();
                                         co_await settle_after(others.get_executor(), 2, nullptr,
                                                               asio::use_awaitable);
                                     },
                                     handler));
                break;
            }
        }
        pool.join();
        others.join();
    }
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(c.completions == many);
    BOOST_TEST(c.wrong == 0);
}

BOOST_AUTO_TEST_CASE(handler_stays_on_its_strand, *label("E4") * label("E8"))
{
    counts c;
    int unprotected = 0; // the strand's
    {
        asio::thread_pool pool(4);
        const auto strand = asio::make_strand(pool);
        for (int i = 0; i < many; ++i) {
            const auto handler = asio::bind_executor(strand, [&](std::exception_ptr) {
                ++unprotected;
                c.expect(strand.running_in_this_thread());
            });
            auto cleanup = [&] {
                ++c.cleanups;
                return asio::post(pool, asio::bind_executor(pool.get_executor(), asio::deferred));
            };
            asio::post(pool, finally(cleanup, handler));
        }
        pool.join();
    }
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(unprotected == many);
    BOOST_TEST(c.wrong == 0);
}

BOOST_AUTO_TEST_CASE(no_loop_ends_before_downstream, *label("E5"))
{
    // Each loop is run by a thread of its own until it has nothing left to do; only the third is
    // kept running. Every handler must have been called when the first two are done.
    counts c;
    asio::io_context io;
    asio::io_context home;
    asio::io_context elsewhere;
    auto keep = asio::make_work_guard(elsewhere);
    for (int i = 0; i < many; ++i) {
        auto data = std::make_shared<plain>();
        settle_after(io.get_executor(), 2, nullptr,
                     finally(
                         [&, data] {
                             ++c.cleanups;
                             ++data->written;
                             // A promise: pending, it keeps no loop running by itself.
                             return settle_after(elsewhere.get_executor(), 3, nullptr,
                                                 settle::use_promise);
                         },
                         asio::bind_executor(home, [&, data](std::exception_ptr) {
                             ++c.completions;
                             c.expect(data->written == 1);
                             c.expect(home.get_executor().running_in_this_thread());
                         })));
    }
    std::thread third([&] { elsewhere.run(); });
    std::thread first([&] { io.run(); });
    std::thread second([&] { home.run(); });
    first.join();
    second.join();
    const int completions = c.completions;
    keep.reset();
    third.join();
    BOOST_TEST(completions == many);
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(c.wrong == 0);
}

BOOST_AUTO_TEST_CASE(coroutines_come_home, *label("E4") * label("F15"))
{
    counts c;
    {
        asio::thread_pool pool(2);
        asio::thread_pool others(2);
        const auto operand = [](asio::thread_pool& where) -> asio::awaitable<int> {
            co_await asio::post(where, asio::use_awaitable);
            co_return 7;
        };
        const auto body = [&]() -> asio::awaitable<void> {
            int written = 0;
            auto cleanup = [&]() -> asio::awaitable<void> {
                ++c.cleanups;
                co_await settle_after(others.get_executor(), 2, nullptr, asio::use_awaitable);
                ++written;
            };
            auto guarded = operand(others) | finally(cleanup);
            const int value = co_await std::move(guarded);
            c.expect(value == 7 && written == 1);
            c.expect(pool.get_executor().running_in_this_thread());
            ++c.completions;
        };
        for (int i = 0; i < many; ++i)
            asio::co_spawn(pool, body, [&](std::exception_ptr e) { c.expect(!e); });
        pool.join();
        others.join();
    }
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(c.completions == many);
    BOOST_TEST(c.wrong == 0);
}

BOOST_AUTO_TEST_CASE(signals_race_with_ends_on_a_strand, *label("X1") * label("X2"))
{
    counts c;
    {
        asio::thread_pool pool(4);
        struct session {
            explicit session(asio::thread_pool& p)
                : strand(asio::make_strand(p))
                , timer(strand)
            {
            }
            asio::strand<asio::thread_pool::executor_type> strand;
            asio::steady_timer timer;
            asio::cancellation_signal signal;
        };
        std::list<session> sessions;
        for (int i = 0; i < many; ++i) {
            auto& s = sessions.emplace_back(pool);
            asio::post(s.strand, [&c, &s, &pool] {
                s.timer.expires_at(asio::steady_timer::time_point::min());
                s.timer.async_wait(finally(
                    [&c, &pool] {
                        ++c.cleanups;
                        return settle_after(pool.get_executor(), 2, nullptr, asio::deferred);
                    },
                    asio::bind_cancellation_slot(
                        s.signal.slot(), asio::bind_executor(s.strand, [&c](settle::error_code) {
                            ++c.completions;
                        }))));
            });
            for (int n = 0; n < 3; ++n)
                asio::post(s.strand, [&s] { s.signal.emit(asio::cancellation_type::terminal); });
        }
        pool.join();
    }
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(c.completions == many);
}

BOOST_AUTO_TEST_CASE(cleanup_attached_while_the_promise_settles, *label("F10") * label("E8"))
{
    counts c;
    asio::io_context home;
    auto keep = asio::make_work_guard(home);
    std::thread runner([&] { home.run(); });
    for (int i = 0; i < many; ++i) {
        auto [promise, resolver] = settle::with_resolvers<int>(home);
        std::thread decides([r = std::move(resolver), i]() mutable {
            if (i % 2)
                r.resolve(7);
            else
                r.reject(settle::errc::timed_out);
        });
        std::move(promise)
            .finally([&] { ++c.cleanups; })
            .then([&](int value) { c.expect(value == 7); }, [&](const settle::reason&) {})
            .then([&] { ++c.completions; })
            .detach();
        decides.join();
    }
    keep.reset();
    runner.join();
    BOOST_TEST(c.cleanups == many);
    BOOST_TEST(c.completions == many);
    BOOST_TEST(c.wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
