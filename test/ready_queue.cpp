// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// How continuations that are ready share their executor with each other and with everything else.

#include <settle/detail/ready_queue.hpp>

#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;

constexpr int most_in_a_drain = 16;

// Makes the next one ready for as long as it is told to.
template <class Executor>
void go_on_while(const Executor& executor, const bool& on, int& ran)
{
    settle::resolved(executor)
        .then([executor, &on, &ran] {
            ++ran;
            if (on)
                go_on_while(executor, on, ran);
        })
        .detach();
}

// Runs the context on two threads, with `body` on a third.
template <class Context, class Body>
void run_by_two(Context& context, Body body)
{
    auto work = asio::make_work_guard(context);
    std::thread one([&] { context.run(); });
    std::thread two([&] { context.run(); });
    body();
    work.reset();
    one.join();
    two.join();
}

} // namespace

BOOST_AUTO_TEST_CASE(chain_without_end_leaves_turns_to_others, *label("E9"))
{
    asio::io_context context;
    bool on = true;
    int ran = 0;
    go_on_while(context.get_executor(), on, ran);
    asio::steady_timer timer(context, asio::steady_timer::time_point::min());
    timer.async_wait([&](settle::error_code) { on = false; });
    context.run();
    BOOST_TEST(!on);
    // The timer is due at once: it waits for a few drains at most.
    BOOST_TEST(ran <= 4 * most_in_a_drain);
}

BOOST_AUTO_TEST_CASE(what_was_posted_before_has_its_turn, *label("E9"))
{
    asio::io_context context;
    constexpr int many = 1000;
    int ran = 0;
    int ran_before_the_post = 0;
    for (int i = 0; i < many; ++i)
        settle::resolved(context).then([&] { ++ran; }).detach();
    asio::post(context, [&] { ran_before_the_post = ran; });
    context.run();
    BOOST_TEST(ran == many);
    BOOST_TEST(ran_before_the_post <= most_in_a_drain);
}

BOOST_AUTO_TEST_CASE(handler_that_blocks_holds_back_only_itself, *label("E9") * label("E8"))
{
    asio::io_context context;
    run_by_two(context, [&] {
        std::promise<void> second_ran;
        std::promise<void> first_ended;
        // Both are ready before either runs.
        asio::post(context, [&] {
            settle::resolved(context)
                .then([&] {
                    second_ran.get_future().wait();
                    first_ended.set_value();
                })
                .detach();
            settle::resolved(context).then([&] { second_ran.set_value(); }).detach();
        });
        first_ended.get_future().wait();
    });
    BOOST_TEST(true); // or it would have waited for ever
}

BOOST_AUTO_TEST_CASE(handler_may_block_for_what_it_makes_ready, *label("E9") * label("E8"))
{
    asio::io_context context;
    int left = 3 * most_in_a_drain;
    run_by_two(context, [&] {
        std::promise<void> ended;
        std::function<void()> next = [&] {
            if (left-- == 0)
                return ended.set_value();
            std::promise<void> inner_ran;
            settle::resolved(context).then([&] { inner_ran.set_value(); }).detach();
            inner_ran.get_future().wait();
            settle::resolved(context).then([&] { next(); }).detach();
        };
        settle::resolved(context).then([&] { next(); }).detach();
        ended.get_future().wait();
    });
    BOOST_TEST(left == -1);
}

BOOST_AUTO_TEST_CASE(handler_on_a_pool_that_blocks_holds_back_only_itself,
                     *label("E9") * label("E8"))
{
    asio::thread_pool pool(2);
    std::promise<void> second_ran;
    std::promise<void> first_ended;
    asio::post(pool, [&] {
        settle::resolved(pool)
            .then([&] {
                second_ran.get_future().wait();
                first_ended.set_value();
            })
            .detach();
        settle::resolved(pool).then([&] { second_ran.set_value(); }).detach();
    });
    first_ended.get_future().wait();
    pool.join();
    BOOST_TEST(true); // or it would have waited for ever
}

BOOST_AUTO_TEST_CASE(exceptions_leave_run_and_lose_nothing, *label("E10"))
{
    asio::io_context context;
    constexpr int many = 3 * most_in_a_drain;
    int called = 0;
    std::vector<int> order;
    for (int i = 0; i < many; ++i) {
        settle::resolved(context, i)([&](std::exception_ptr, int value) {
            ++called;
            order.push_back(value);
            if (value % 5 == 0)
                throw std::runtime_error("of the handler");
        });
    }
    int thrown = 0;
    for (bool ended = false; !ended;) {
        try {
            context.run();
            ended = true;
        } catch (const std::runtime_error&) {
            ++thrown;
        }
    }
    BOOST_TEST(called == many);
    BOOST_TEST(thrown == (many + 4) / 5);
    BOOST_REQUIRE(order.size() == many);
    for (int i = 0; i < many; ++i)
        BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(loop_run_inside_a_handler_runs_what_is_ready, *label("E8") * label("E10"))
{
    for (const int concurrency_hint : {-1, 1}) {
        asio::io_context context(concurrency_hint);
        int inner = 0;
        int inner_seen = 0;
        settle::resolved(context)
            .then([&] {
                settle::resolved(context).then([&] { ++inner; }).detach();
                while (context.poll_one() != 0 && inner < 2) {
                }
                inner_seen = inner;
            })
            .detach();
        settle::resolved(context).then([&] { ++inner; }).detach();
        context.run();
        BOOST_TEST(inner_seen == 2, "with the hint " << concurrency_hint);
    }
}

BOOST_AUTO_TEST_CASE(stopped_in_the_middle_nothing_is_lost, *label("B4"))
{
    asio::io_context context;
    constexpr int many = 5 * most_in_a_drain;
    std::vector<int> order;
    for (int i = 0; i < many; ++i) {
        settle::resolved(context, i)
            .then([&](int value) {
                order.push_back(value);
                context.stop();
            })
            .detach();
    }
    int runs = 0;
    while (order.size() < many && runs < many) {
        context.restart();
        context.run();
        ++runs;
    }
    BOOST_TEST(runs >= 5);
    BOOST_REQUIRE(order.size() == many);
    for (int i = 0; i < many; ++i)
        BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(continuations_of_one_context_run_in_the_order_they_got_ready,
                     *label("E1") * label("E2"))
{
    asio::io_context context;
    std::vector<int> order;
    const auto note = [&](int which) { return [&order, which] { order.push_back(which); }; };
    const asio::any_io_executor any = context.get_executor();
    settle::resolved(context).then(note(1)).detach();
    settle::resolved(any).then(note(2)).detach();
    settle::resolved(context.get_executor()).then(note(3)).detach();
    settle::promise<void>(settle::resolved(context)).then(note(4)).detach();
    {
        const asio::io_context::executor_type plain = context.get_executor();
        const asio::io_context::executor_type never =
            asio::require(plain, asio::execution::blocking.never);
        const auto tracked = asio::require(plain, asio::execution::outstanding_work.tracked);
        settle::resolved(never).then(note(5)).detach();
        const auto shared = settle::resolved(any).share();
        shared.then(asio::bind_executor(tracked, note(6))).detach();
        shared.then(note(7)).detach();
        shared.then(asio::bind_executor(asio::any_io_executor(tracked), note(8))).detach();
        shared.then(asio::bind_executor(asio::any_io_executor(never), note(9))).detach();
    }
    context.run();
    BOOST_TEST(order == (std::vector{1, 2, 3, 4, 5, 6, 7, 8, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(executors_keep_their_properties, *label("E1"))
{
    asio::io_context context;
    asio::thread_pool pool(1);
    const auto check = [](const auto& executor) {
        using executor_type = std::decay_t<decltype(executor)>;
        auto made = settle::with_resolvers<int>(executor);
        static_assert(
            std::is_same_v<typename decltype(made.promise)::executor_type, executor_type>);
        BOOST_TEST((made.promise.get_executor() == executor));
        BOOST_TEST((made.resolver.get_executor() == executor));
        const asio::any_io_executor any(executor);
        BOOST_TEST((settle::resolved(any).get_executor() == any));
        auto next = std::move(made.promise).then([](int) {});
        BOOST_TEST((next.get_executor() == executor));
        std::move(next).detach();
        made.resolver.resolve(1);
    };
    const asio::io_context::executor_type plain = context.get_executor();
    const asio::io_context::executor_type never =
        asio::require(plain, asio::execution::blocking.never);
    check(plain);
    check(never);
    {
        const auto tracked = asio::require(plain, asio::execution::outstanding_work.tracked);
        check(tracked);
    }
    check(asio::make_strand(context));
    check(pool.get_executor());
    check(asio::make_strand(pool));
    pool.join();
    context.run();
}
