// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Where continuations run, and what keeps a loop running.

#include <settle/promise.hpp>

#include "support/end_of.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

// Runs what is ready on one context at a time, so that a handler's context is known.
struct two_contexts {
    asio::io_context home;
    asio::io_context other;
    std::string running;

    void turn(asio::io_context& context, const char* name)
    {
        running = name;
        context.restart();
        context.poll();
        running.clear();
    }

    void turn_both()
    {
        for (int i = 0; i < 10; ++i) {
            turn(home, "home");
            turn(other, "other");
        }
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(handlers_run_on_their_own_executor_else_the_promises, *label("E1"))
{
    two_contexts contexts;
    std::string seen;
    const auto note = [&](const char* what) { seen += what + (":" + contexts.running) + " "; };
    settle::resolved(contexts.home, 1)
        .then([&](int) { note("then"); })
        .then(asio::bind_executor(contexts.other, [&] { note("bound"); }))
        .then([&] { note("next"); })
        .finally(asio::bind_executor(contexts.other, [&] { note("cleanup"); }))
        .then([&]() -> void { throw std::logic_error("x"); })
        .catch_(
            asio::bind_executor(contexts.other, [&](const std::logic_error&) { note("caught"); }))
        .then([&] { note("last"); })
        .detach();
    contexts.turn_both();
    BOOST_TEST(seen == "then:home bound:other next:home cleanup:other caught:other last:home ");
}

BOOST_AUTO_TEST_CASE(two_handlers_may_have_two_executors, *label("E1"))
{
    for (const bool fulfil : {true, false}) {
        two_contexts contexts;
        std::string seen;
        auto [p, r] = settle::with_resolvers<int>(contexts.home);
        std::move(p)
            .then([&](int) { seen += contexts.running; },
                  asio::bind_executor(contexts.other,
                                      [&](const settle::reason&) { seen += contexts.running; }))
            .then([&] { seen += " " + contexts.running; })
            .detach();
        fulfil ? r.resolve(1) : r.reject(errc::timed_out);
        contexts.turn_both();
        BOOST_TEST(seen == (fulfil ? "home home" : "other home"));
    }
}

BOOST_AUTO_TEST_CASE(bound_promise_keeps_its_executor_down_the_chain, *label("E1"))
{
    asio::io_context context;
    const auto strand = asio::make_strand(context);
    int inside = 0;
    auto p = settle::resolved(strand, 1)
                 .then([&](int) { inside += strand.running_in_this_thread() ? 1 : 0; })
                 .finally([&] { inside += strand.running_in_this_thread() ? 1 : 0; })
                 .then([&] { inside += strand.running_in_this_thread() ? 1 : 0; });
    BOOST_TEST((p.get_executor() == strand));
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(inside == 3);
}

BOOST_AUTO_TEST_CASE(lazy_cleanup_starts_on_the_cleanups_executor, *label("E1") * label("E4"))
{
    two_contexts contexts;
    std::string seen;
    const auto cleanup = [&]() -> asio::awaitable<void> {
        seen += contexts.running + " ";
        co_await asio::post(contexts.home, asio::use_awaitable);
        seen += contexts.running + " ";
    };
    settle::resolved(contexts.home, 1)
        .finally(asio::bind_executor(contexts.other, cleanup))
        .then([&](int) { seen += "then:" + contexts.running; })
        .detach();
    contexts.turn_both();
    BOOST_TEST(seen == "other other then:home");
}

BOOST_AUTO_TEST_CASE(pending_promise_alone_keeps_no_loop_running, *label("E5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto q = std::move(p).then([](int i) { return i; }).finally([] {});
    BOOST_TEST(context.run() == 0U);
    BOOST_TEST(context.stopped());
    r.resolve(1);
    BOOST_TEST(*end_of(context, std::move(q)) == 1);
}

BOOST_AUTO_TEST_CASE(handler_that_waits_for_a_pending_promise_keeps_no_loop_running, *label("E5"))
{
    asio::io_context context;
    auto [inner, r] = settle::with_resolvers<int>(context);
    auto p = settle::resolved(context).then([&] { return std::move(inner); });
    context.run();
    BOOST_TEST(context.stopped());
    r.resolve(3);
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
}

BOOST_AUTO_TEST_CASE(cleanup_in_flight_keeps_its_loop_running, *label("E5"))
{
    asio::io_context context;
    bool downstream = false;
    auto [gate, r] = settle::with_resolvers<void>(context);
    settle::resolved(context, 1)
        .finally([&] { return std::move(gate); })
        .then([&](int) { downstream = true; })
        .detach();
    context.poll();
    BOOST_TEST(!context.stopped());
    BOOST_TEST(!downstream);
    r.resolve();
    context.run(); // returns
    BOOST_TEST(downstream);
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(cleanup_in_flight_elsewhere_keeps_both_loops_running, *label("E5"))
{
    two_contexts contexts;
    bool downstream = false;
    auto [gate, r] = settle::with_resolvers<void>(contexts.other);
    settle::resolved(contexts.home, 1)
        .finally(asio::bind_executor(contexts.other, [&] { return std::move(gate); }))
        .then([&](int) { downstream = true; })
        .detach();
    contexts.home.poll();
    contexts.other.poll();
    contexts.home.restart();
    contexts.other.restart();
    contexts.home.poll();
    contexts.other.poll();
    BOOST_TEST(!contexts.home.stopped());
    BOOST_TEST(!contexts.other.stopped());
    r.resolve();
    contexts.other.run();
    BOOST_TEST(!downstream);
    contexts.home.run();
    BOOST_TEST(downstream);
    BOOST_TEST(contexts.home.stopped());
}

BOOST_AUTO_TEST_CASE(queued_continuation_keeps_its_loop_running, *label("E5"))
{
    asio::io_context context;
    int ran = 0;
    settle::resolved(context, 1).then([&](int) { ++ran; }).then([&] { ++ran; }).detach();
    context.run();
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(stopped_loop_loses_nothing, *label("E2") * label("E9") * label("B4"))
{
    asio::io_context context;
    constexpr int many = 1000;
    int ran = 0;
    for (int i = 0; i < many; ++i) {
        settle::resolved(context)
            .then([&] {
                if (++ran == 1)
                    context.stop();
            })
            .detach();
    }
    context.run();
    // What the drain under way still runs is bounded.
    BOOST_TEST(ran >= 1);
    BOOST_TEST(ran <= 16);
    context.restart();
    context.run();
    BOOST_TEST(ran == many);
}

BOOST_AUTO_TEST_CASE(stopped_strand_runs_nothing_more, *label("B4"))
{
    asio::io_context context;
    int ran = 0;
    settle::resolved(asio::make_strand(context), 1)
        .then([&](int) {
            ++ran;
            context.stop();
        })
        .then([&] { ++ran; })
        .detach();
    context.run();
    BOOST_TEST(ran == 1);
    context.restart();
    context.run();
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(nothing_of_the_users_runs_inside_a_destructor, *label("E1"))
{
    asio::io_context context;
    int ran = 0;
    auto made = settle::with_resolvers<int>(context);
    std::move(made.promise).catch_([&](const settle::reason&) { return ++ran; }).detach();
    {
        const auto gone = std::move(made.resolver);
    }
    BOOST_TEST(ran == 0);
    context.run();
    BOOST_TEST(ran == 1);
}
