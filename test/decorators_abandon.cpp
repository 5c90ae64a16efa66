// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Contexts that are destroyed after each number of handlers, with decorated cleanups in every
// state.

#include <settle/decorators.hpp>

#include "support/decorated.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::best_effort;
using settle::on_abandon;
using settle::report_kind;
using settle::within;
using support::never;
using namespace std::chrono_literals;

namespace {

/// What became of one operation with a cleanup.
struct scene {
    support::report_collector reports;
    std::shared_ptr<int> alive = std::make_shared<int>();
    int cleanups = 0;
    int ended = 0;
    int forces = 0;
    int fallbacks = 0;
    int completions = 0;

    /// A cleanup of two steps, of which the second may last for ever.
    auto tidies(std::chrono::steady_clock::duration last)
    {
        return [this, last, token = alive]() -> asio::awaitable<void> {
            ++cleanups;
            const auto local = token;
            asio::steady_timer timer(co_await asio::this_coro::executor, 0s);
            co_await timer.async_wait(asio::use_awaitable);
            timer.expires_after(last);
            co_await timer.async_wait(asio::use_awaitable);
            ++ended;
        };
    }

    auto force()
    {
        return [this, token = alive]() noexcept { ++forces; };
    }

    auto fallback()
    {
        return [this, token = alive]() noexcept { ++fallbacks; };
    }
};

asio::awaitable<void> wait(std::shared_ptr<asio::steady_timer> timer)
{
    auto& waits = *timer;
    co_await waits.async_wait(asio::use_awaitable);
}

template <class Cleanup>
void start(const support::token_surface&, asio::io_context& context, Cleanup cleanup, scene& s)
{
    auto timer = std::make_shared<asio::steady_timer>(context, 0s);
    timer->async_wait(settle::finally(
        std::move(cleanup), [&s, timer, token = s.alive](settle::error_code) { ++s.completions; }));
}

template <class Cleanup>
void start(const support::promise_surface&, asio::io_context& context, Cleanup cleanup, scene& s)
{
    auto timer = std::make_shared<asio::steady_timer>(context, 0s);
    auto& waits = *timer;
    waits.async_wait(settle::use_promise)
        .finally(std::move(cleanup))
        .then([&s, timer, token = s.alive] { ++s.completions; },
              [&s](const settle::reason&) { ++s.completions; })
        .detach();
}

template <class Cleanup>
void start(const support::awaitable_surface&, asio::io_context& context, Cleanup cleanup, scene& s)
{
    settle::partial_finally<Cleanup> guarded(std::in_place, std::move(cleanup),
                                             std::source_location::current());
    asio::co_spawn(context,
                   wait(std::make_shared<asio::steady_timer>(context, 0s)) | std::move(guarded),
                   [&s, token = s.alive](std::exception_ptr) { ++s.completions; });
}

/// Destroys the context after n handlers, for every n until all has ended, or nothing but what
/// lasts for ever is left. `check` is told whether the context died before the end.
template <class Surface, class Make, class Check>
void sweep(const Make& make, const Check& check)
{
    constexpr std::size_t most = 40;
    for (std::size_t n = 0; n < most; ++n) {
        BOOST_TEST_CONTEXT("after " << n << " handlers")
        {
            scene s;
            bool at_the_end = false;
            {
                auto context = std::make_unique<asio::io_context>();
                start(Surface(), *context, make(s), s);
                for (std::size_t i = 0; i < n && !at_the_end; ++i) {
                    // A straggler that lasts for ever is all that is left.
                    at_the_end = s.completions == 1 && s.ended == 0 && s.forces == 1
                                     ? context->poll_one() == 0
                                     : context->run_one() == 0;
                }
            }
            BOOST_TEST(s.alive.use_count() == 1);
            BOOST_TEST(s.completions <= 1);
            BOOST_TEST(s.cleanups + s.fallbacks <= 1);
            check(s);
            if (at_the_end) {
                BOOST_TEST(s.completions == 1);
                return;
            }
        }
    }
    BOOST_ERROR("never ends");
}

using swept =
    std::tuple<support::token_surface, support::promise_surface, support::awaitable_surface>;

} // namespace

BOOST_AUTO_TEST_SUITE(decorators_and_dying_contexts)

BOOST_TEST_DECORATOR(*label("B1") * label("B2") * label("U5") * label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_under_a_deadline, Surface, swept)
{
    sweep<Surface>(
        [](scene& s) { return within(never, s.tidies(0s), s.force()); },
        [](scene& s) {
            // One of: it came to its end and downstream was called, was reported, or had
            // never been due (a coroutine that had not begun).
            const auto told = static_cast<int>(s.reports.count());
            BOOST_TEST(told == static_cast<int>(s.reports.count(report_kind::abandoned_cleanup)));
            BOOST_TEST(s.completions + told <= 1);
            if (s.cleanups == 1 && s.ended == 0)
                BOOST_TEST(told == 1);
            BOOST_TEST(s.forces == 0);
        });
}

BOOST_TEST_DECORATOR(*label("B1") * label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_is_cancelled_at_its_deadline, Surface, swept)
{
    sweep<Surface>([](scene& s) { return best_effort(within(0s, s.tidies(never))); },
                   [](scene& s) {
                       BOOST_TEST(s.ended == 0);
                       BOOST_TEST(static_cast<int>(s.reports.count()) <= 1);
                       if (s.cleanups == 1)
                           BOOST_TEST(s.reports.count() == 1u);
                   });
}

BOOST_TEST_DECORATOR(*label("B1") * label("X4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(straggler_that_lasts_for_ever, Surface, swept)
{
    sweep<Surface>([](scene& s) { return within(0s, s.tidies(never), s.force()); },
                   [](scene& s) {
                       BOOST_TEST(s.completions <= s.forces);
                       BOOST_TEST(s.completions + static_cast<int>(s.reports.count()) <= 1);
                   });
}

BOOST_TEST_DECORATOR(*label("B1") * label("B2") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(exactly_one_of_cleanup_fallback_and_report, Surface, swept)
{
    sweep<Surface>(
        [](scene& s) {
            return within(never, on_abandon(best_effort(s.tidies(0s)), s.fallback()), s.force());
        },
        [](scene& s) {
            const auto told = static_cast<int>(s.reports.count(report_kind::abandoned_cleanup));
            // One that has started and did not end is reported; one that has not falls back.
            BOOST_TEST(s.fallbacks + s.completions + told <= 1);
            if (s.cleanups == 1 && s.ended == 0)
                BOOST_TEST(told == 1);
            BOOST_TEST(s.reports.count() == static_cast<std::size_t>(told));
        });
}

BOOST_AUTO_TEST_SUITE_END()
