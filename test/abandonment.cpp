// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The context is destroyed after every possible number of steps: no cleanup and no continuation is
// called from its destructor, nothing leaks, nothing is used after it has gone (AddressSanitizer
// looks, too).

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/report_collector.hpp"
#include "support/settle_after.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::finally;
using support::settle_after;

namespace {

/// What the user's functions tell about a scenario. Each captures `alive`.
struct witness {
    std::shared_ptr<int> alive = std::make_shared<int>(0);
    bool dying = false;
    int called_while_dying = 0;
    int cleanups = 0;
    bool finished = false;

    void called() { called_while_dying += dying; }

    auto cleanup(asio::io_context& context, int steps = 2)
    {
        return [this, &context, steps, token = alive] {
            called();
            ++cleanups;
            return settle_after(context.get_executor(), steps, nullptr, asio::deferred);
        };
    }

    auto awaitable_cleanup(asio::io_context& context)
    {
        return [this, &context, token = alive]() -> asio::awaitable<void> {
            const auto local = token;
            called();
            ++cleanups;
            co_await settle_after(context.get_executor(), 2, nullptr, asio::use_awaitable);
            called();
        };
    }

    auto finish()
    {
        return [this, token = alive](auto&&...) {
            called();
            finished = true;
        };
    }
};

using scenario = std::function<void(asio::io_context&, witness&)>;

/// Runs n steps and destroys the context, for every n. `cleanups` is how many have run in the end.
void abandon_at_every_step(const scenario& start, int cleanups, bool finishes = true)
{
    support::report_collector reports;
    bool at_the_end = false;
    int steps = 0;
    for (; !at_the_end; ++steps) {
        BOOST_REQUIRE(steps < 200);
        witness w;
        auto context = std::make_unique<asio::io_context>();
        start(*context, w);
        for (int ran = 0; ran < steps && !at_the_end; ++ran)
            at_the_end = context->poll_one() == 0;
        w.dying = true;
        context.reset();
        BOOST_TEST_INFO("after " << steps << " steps");
        BOOST_TEST(w.called_while_dying == 0);
        BOOST_TEST(w.alive.use_count() == 1);
        if (at_the_end) {
            BOOST_TEST(w.cleanups == cleanups);
            BOOST_TEST(w.finished == finishes);
        }
    }
    BOOST_TEST(steps > 2);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(abandonment, *label("B1"))

BOOST_AUTO_TEST_CASE(synchronous_cleanup)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            settle_after(context.get_executor(), 3, nullptr,
                         finally(
                             [&w, token = w.alive] {
                                 w.called();
                                 ++w.cleanups;
                             },
                             w.finish()));
        },
        1);
}

BOOST_AUTO_TEST_CASE(cleanup_that_yields_an_operation)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            settle_after(context.get_executor(), 3, nullptr,
                         finally(w.cleanup(context, 3), w.finish()));
        },
        1);
}

BOOST_AUTO_TEST_CASE(cleanup_that_fails_after_a_failure)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            const auto failure = std::make_exception_ptr(support::operation_error());
            auto cleanup = [&w, &context, failure, token = w.alive] {
                w.called();
                ++w.cleanups;
                return settle_after(context.get_executor(), 2, failure, settle::use_promise);
            };
            settle_after(context.get_executor(), 2, failure, finally(cleanup, w.finish()));
        },
        1);
}

BOOST_AUTO_TEST_CASE(cleanup_that_yields_an_awaitable)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            settle_after(context.get_executor(), 2, nullptr,
                         finally(w.awaitable_cleanup(context), w.finish()));
        },
        1);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_of_a_deferred_operation)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            auto guarded = settle_after(context.get_executor(), 2, nullptr, asio::deferred) |
                           finally(w.cleanup(context)) | finally(w.awaitable_cleanup(context)) |
                           finally(w.cleanup(context));
            std::move(guarded)(w.finish());
        },
        3);
}

BOOST_AUTO_TEST_CASE(coroutine_that_awaits_a_guarded_operation)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            auto body = [&]() -> asio::awaitable<void> {
                auto& home = context;
                auto& told = w;
                const auto local = told.alive;
                auto cleanup = told.cleanup(home);
                co_await settle_after(home.get_executor(), 2, nullptr,
                                      finally(cleanup, asio::use_awaitable));
                told.finish()();
            };
            asio::co_spawn(context, body, asio::detached);
        },
        1);
}

BOOST_AUTO_TEST_CASE(guarded_awaitables)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            auto operand = [](asio::io_context& home,
                              std::shared_ptr<int> token) -> asio::awaitable<void> {
                const auto local = std::move(token);
                co_await settle_after(home.get_executor(), 2, nullptr, asio::use_awaitable);
            };
            auto first = w.awaitable_cleanup(context);
            auto second = w.cleanup(context);
            auto third = [&w, token = w.alive] {
                w.called();
                ++w.cleanups;
            };
            asio::co_spawn(context,
                           operand(context, w.alive) | finally(first) | finally(second) |
                               finally(third),
                           w.finish());
        },
        3);
}

BOOST_AUTO_TEST_CASE(promise_chain)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            settle_after(context.get_executor(), 2, nullptr, settle::use_promise)
                .finally(w.cleanup(context))
                .finally(w.awaitable_cleanup(context))
                .then([&w, token = w.alive] { w.called(); })
                .finally([&w, token = w.alive] {
                    w.called();
                    ++w.cleanups;
                })
                .then(w.finish())
                .detach();
        },
        3);
}

BOOST_AUTO_TEST_CASE(operation_that_never_ends)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            auto timer = std::make_shared<asio::steady_timer>(context, std::chrono::hours(1));
            auto& waits = *timer;
            waits.async_wait(finally(w.cleanup(context), w.finish()));
            waits.async_wait(finally([&w, token = w.alive, timer] { w.called(); }, w.finish()));
            asio::post(context, [] {});
            asio::post(context, [] {});
        },
        0, false);
}

BOOST_AUTO_TEST_CASE(cleanup_that_never_ends)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            auto timer = std::make_shared<asio::steady_timer>(context, std::chrono::hours(1));
            auto cleanup = [&w, timer, token = w.alive] {
                w.called();
                ++w.cleanups;
                return timer->async_wait(asio::deferred);
            };
            auto coroutine = [&w, timer, token = w.alive]() -> asio::awaitable<void> {
                w.called();
                ++w.cleanups;
                co_await timer->async_wait(asio::use_awaitable);
            };
            settle_after(context.get_executor(), 1, nullptr, finally(cleanup, w.finish()));
            settle_after(context.get_executor(), 1, nullptr, finally(coroutine, w.finish()));
            settle::resolved(context).finally(cleanup).then(w.finish()).detach();
            auto operand = []() -> asio::awaitable<void> { co_return; };
            asio::co_spawn(context, operand() | finally(coroutine), w.finish());
        },
        4, false);
}

BOOST_AUTO_TEST_CASE(handler_on_a_strand)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            const auto strand = asio::make_strand(context);
            settle_after(context.get_executor(), 2, nullptr,
                         finally(w.cleanup(context), asio::bind_executor(strand, w.finish())));
            settle_after(context.get_executor(), 2, nullptr,
                         finally(w.awaitable_cleanup(context),
                                 asio::bind_executor(asio::any_io_executor(strand), w.finish())));
        },
        2);
}

BOOST_AUTO_TEST_CASE(cleanup_bound_to_another_loop)
{
    abandon_at_every_step(
        [](asio::io_context& context, witness& w) {
            // The other loop is as good as dead: it dies with the first.
            auto other = std::make_shared<asio::strand<asio::io_context::executor_type>>(
                context.get_executor());
            auto cleanup = [&w, other, token = w.alive] {
                w.called();
                ++w.cleanups;
                return asio::post(*other, asio::bind_executor(*other, asio::deferred));
            };
            settle_after(context.get_executor(), 1, nullptr, finally(cleanup, w.finish()));
        },
        1);
}

BOOST_AUTO_TEST_CASE(promise_decided_after_its_context_runs_no_cleanup, *label("B6"))
{
    witness w;
    auto context = std::make_unique<asio::io_context>();
    auto [promise, resolver] = settle::with_resolvers<void>(*context);
    std::move(promise).finally(w.cleanup(*context)).then(w.finish()).detach();
    auto [second, undecided] = settle::with_resolvers<void>(*context);
    auto kept = std::move(second).finally(w.cleanup(*context));
    w.dying = true;
    context.reset();
    resolver.resolve();
    {
        auto last = std::move(undecided);
    }
    std::move(kept).detach();
    BOOST_TEST(w.called_while_dying == 0);
    BOOST_TEST(w.cleanups == 0);
    BOOST_TEST(w.alive.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
