// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Stacks whose context is destroyed at any moment.

#include <settle/cleanup_stack.hpp>

#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::cleanup_stack;
using settle::errc;

// What ran, and what ran although the context was being destroyed.
struct witness {
    int entries = 0;
    int started = 0;
    int ended = 0;
    int ran_too_late = 0;
    bool dying = false;
    std::shared_ptr<int> captured = std::make_shared<int>();

    void note() { ran_too_late += dying ? 1 : 0; }
    void starts()
    {
        note();
        ++started;
    }
    void ends()
    {
        note();
        ++ended;
    }
};

// One entry of each kind.
void fill(cleanup_stack& stack, asio::any_io_executor context, witness& w)
{
    w.entries += 5;
    stack.defer([&w, keep = w.captured] {
        w.starts();
        w.ends();
    });
    stack.defer([&w, context, keep = w.captured]() -> asio::awaitable<void> {
        w.starts();
        co_await asio::post(context, asio::use_awaitable);
        co_await asio::post(context, asio::use_awaitable);
        w.ends();
    });
    stack.adopt(w.captured, [&w, context](std::shared_ptr<int>&) {
        w.starts();
        return settle::resolved(context).then([&w] { w.ends(); });
    });
    auto on_strand = [&w, context, keep = w.captured] {
        w.starts();
        return asio::post(context, asio::deferred([&w] {
                              w.ends();
                              return asio::deferred.values();
                          }));
    };
    stack.defer(asio::bind_executor(asio::make_strand(context), std::move(on_strand)));
    stack.defer([&w, keep = w.captured] {
        w.starts();
        w.ends();
        throw support::cleanup_error();
    });
}

enum class way { disposed, undisposed, with_cleanup };

void begin(asio::any_io_executor context, witness& w, way how)
{
    if (how == way::with_cleanup) {
        settle::with_cleanup(
            context,
            [&w, context, keep = w.captured](cleanup_stack& stack) -> asio::awaitable<int> {
                co_await asio::post(context, asio::use_awaitable);
                fill(stack, context, w);
                co_await asio::post(context, asio::use_awaitable);
                w.note();
                co_return 1;
            })
            .then([&w](int) { w.note(); })
            .catch_([&w, keep = w.captured](const settle::reason&) { w.note(); })
            .detach();
    } else {
        auto stack = std::make_unique<cleanup_stack>(context);
        fill(*stack, context, w);
        if (how == way::disposed)
            stack->dispose()
                .catch_([&w, keep = w.captured](const settle::reason&) { w.note(); })
                .detach();
        else // it goes with the handler that owns it
            asio::post(context, [stack = std::move(stack), &w] { w.note(); });
    }
}

// Runs n handlers and destroys the context; returns whether there were fewer.
bool abandon_after(std::size_t n, way how, bool service_first)
{
    const support::report_collector reports;
    const auto before = settle::stats();
    witness w;
    auto context = std::make_unique<asio::io_context>();
    if (service_first)
        settle::resolved(*context).detach();
    else
        asio::steady_timer(*context).cancel();
    begin(context->get_executor(), w, how);
    std::size_t handlers = 0;
    while (handlers < n && context->poll_one() == 1)
        ++handlers;
    BOOST_TEST((how == way::undisposed || reports.count() == 0U));
    w.dying = true;
    context.reset();
    BOOST_TEST(w.ran_too_late == 0);
    BOOST_TEST(w.captured.use_count() == 1);
    const auto told = reports.all(settle::report_kind::abandoned_cleanup);
    BOOST_TEST(told.size() == static_cast<std::size_t>(w.entries - w.ended));
    BOOST_TEST(reports.count() == told.size());
    const auto after = settle::stats();
    BOOST_TEST(after.promises_live == before.promises_live);
    BOOST_TEST(after.cleanups_pending == before.cleanups_pending);
    return handlers < n;
}

std::size_t sweep(way how)
{
    std::size_t all = 0;
    for (const bool service_first : {false, true}) {
        std::size_t n = 0;
        for (bool ended = false; !ended; ++n) {
            BOOST_REQUIRE(n < 200U);
            BOOST_TEST_CONTEXT("after " << n << " handlers")
            {
                ended = abandon_after(n, how, service_first);
            }
        }
        all += n;
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(context_destroyed_while_a_stack_is_disposed,
                     *label("B1") * label("B2") * label("B5"))
{
    BOOST_TEST(sweep(way::disposed) > 12U);
}

BOOST_AUTO_TEST_CASE(context_destroyed_with_an_undisposed_stack, *label("B1") * label("K7"))
{
    BOOST_TEST(sweep(way::undisposed) > 2U);
}

BOOST_AUTO_TEST_CASE(context_destroyed_within_with_cleanup,
                     *label("B1") * label("B2") * label("B5"))
{
    BOOST_TEST(sweep(way::with_cleanup) > 14U);
}

BOOST_AUTO_TEST_CASE(undisposed_stack_outlives_its_context, *label("B6") * label("K7"))
{
    const support::report_collector reports;
    witness w;
    {
        std::optional<cleanup_stack> stack;
        {
            asio::io_context context;
            stack.emplace(context);
            fill(*stack, context.get_executor(), w);
        }
        BOOST_TEST(reports.count() == 5U);
        BOOST_TEST(w.captured.use_count() == 1);
        auto moved = stack->move();
        moved.defer([&w] { w.starts(); });
        BOOST_TEST(moved.adopt(1, [&w](int) { w.starts(); }) == 1);
        BOOST_TEST(reports.count() == 5U);
    }
    BOOST_TEST(w.started == 0);
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 7U);
    BOOST_TEST(reports.count() == 7U);
}

BOOST_AUTO_TEST_CASE(stack_disposed_after_the_end_of_its_context, *label("B6"))
{
    const support::report_collector reports;
    witness w;
    {
        std::optional<cleanup_stack> stack;
        {
            asio::io_context context;
            stack.emplace(context);
            fill(*stack, context.get_executor(), w);
        }
        stack->defer([&w] { w.starts(); });
        stack->dispose().then([&w] { w.starts(); }).detach();
        stack->dispose().detach();
        BOOST_TEST(reports.count() == 6U);
    }
    BOOST_TEST(w.started == 0);
    BOOST_TEST(w.captured.use_count() == 1);
    BOOST_TEST(reports.count() == 6U);
}

// As a session whose cleanups keep it alive.
BOOST_AUTO_TEST_CASE(stack_that_its_entries_own_goes_with_its_context, *label("B1") * label("K7"))
{
    for (const bool disposed : {false, true}) {
        const support::report_collector reports;
        witness w;
        {
            asio::io_context context;
            const auto stack = std::make_shared<cleanup_stack>(context);
            const auto never = std::make_shared<asio::steady_timer>(
                context, asio::steady_timer::time_point::max());
            stack->defer([&w, stack, keep = w.captured] { w.starts(); });
            stack->defer([&w, stack, never, keep = w.captured] {
                w.starts();
                return never->async_wait(asio::deferred);
            });
            if (disposed)
                stack->dispose().detach();
            context.poll();
            BOOST_TEST(w.captured.use_count() == 3);
        }
        BOOST_TEST(w.captured.use_count() == 1);
        BOOST_TEST(w.started == (disposed ? 1 : 0));
        BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 2U);
        BOOST_TEST(reports.count() == 2U);
    }
}

// Only the context of one entry goes: the others run.
BOOST_AUTO_TEST_CASE(context_of_one_entry_is_destroyed, *label("B3") * label("K2"))
{
    const support::report_collector reports;
    asio::io_context context;
    auto elsewhere = std::make_unique<asio::io_context>();
    cleanup_stack stack(context);
    int ran = 0;
    stack.defer([&] { ++ran; });
    stack.defer(asio::bind_executor(*elsewhere, [&] { ran += 100; }));
    stack.defer([&] { ++ran; });
    settle::error_code why;
    stack.dispose().catch_([&](settle::error_code ec) { why = ec; }).detach();
    context.poll();
    BOOST_TEST(ran == 1);
    elsewhere.reset();
    context.run();
    BOOST_TEST(ran == 2);
    BOOST_TEST((why == errc::broken_promise));
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 1U);
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(stop_and_restart_lose_nothing, *label("B4"))
{
    for (std::size_t n = 0; n < 12; ++n) {
        asio::io_context context;
        const support::report_collector reports;
        witness w;
        begin(context.get_executor(), w, way::with_cleanup);
        for (std::size_t i = 0; i < n; ++i)
            context.poll_one();
        context.stop();
        context.restart();
        context.run();
        BOOST_TEST(w.ended == 5);
        BOOST_TEST(reports.count() == 0U);
    }
}
