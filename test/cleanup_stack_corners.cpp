// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Where, when and for how long the entries of a stack run.

#include <settle/cleanup_stack.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;
using strings = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(disposing_calls_nothing, *label("E1"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int ran = 0;
    stack.defer([&] { ++ran; });
    auto disposal = stack.dispose();
    BOOST_TEST(ran == 0);
    BOOST_TEST(stack.disposed());
    bool ended = false;
    std::move(disposal).then([&] { ended = true; }).detach();
    BOOST_TEST(context.run() > 0U);
    BOOST_TEST(ran == 1);
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(entry_runs_on_its_own_executor, *label("E1") * label("E5"))
{
    asio::io_context context;
    asio::io_context elsewhere;
    settle::cleanup_stack stack(context);
    strings log;
    stack.defer(
        [&] { log.emplace_back(context.get_executor().running_in_this_thread() ? "1" : "?"); });
    stack.defer(asio::bind_executor(elsewhere, [&] {
        log.emplace_back(elsewhere.get_executor().running_in_this_thread() ? "2" : "?");
    }));
    stack.adopt(3, asio::bind_executor(elsewhere, [&](int value) {
                    const bool there = elsewhere.get_executor().running_in_this_thread();
                    log.push_back(there ? std::to_string(value) : "?");
                    return settle::resolved(elsewhere);
                }));
    bool ended = false;
    stack.dispose().then([&] { ended = context.get_executor().running_in_this_thread(); }).detach();
    context.poll();
    BOOST_TEST(log.empty());
    // Something of the stack's is under way elsewhere.
    BOOST_TEST(!context.stopped());
    elsewhere.run();
    BOOST_TEST(log == (strings{"3", "2"}), boost::test_tools::per_element());
    context.run();
    BOOST_TEST(log.back() == "1");
    BOOST_TEST(ended);
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(disposal_keeps_the_loop_running, *label("E5"))
{
    asio::io_context context;
    std::optional<settle::cleanup_stack> stack(context);
    auto held = settle::with_resolvers<void>(context);
    strings log;
    stack->defer([&] { log.emplace_back("b"); });
    stack->defer([&] {
        log.emplace_back("a");
        return std::move(held.promise);
    });
    BOOST_TEST(context.run() == 0U); // a stack that is not disposed keeps nothing running
    context.restart();
    stack->dispose().then([&] { log.emplace_back("end"); }).detach();
    stack.reset();
    context.poll();
    BOOST_TEST(!context.stopped());
    BOOST_TEST(log == (strings{"a"}), boost::test_tools::per_element());
    held.resolver.resolve();
    context.run();
    BOOST_TEST(log == (strings{"a", "b", "end"}), boost::test_tools::per_element());
    BOOST_TEST(context.stopped());
}

BOOST_AUTO_TEST_CASE(disposal_is_shielded_from_cancellation, *label("X2"))
{
    asio::io_context context;
    asio::steady_timer timer(context, asio::steady_timer::time_point::max());
    bool aborted = false;
    int ran = 0;
    std::optional<settle::cleanup_stack> stack(context);
    stack->defer([&] { ++ran; });
    stack->defer([&] {
        return timer.async_wait(asio::deferred([&](settle::error_code ec) {
            aborted = static_cast<bool>(ec);
            ++ran;
            return asio::deferred.values();
        }));
    });
    auto disposal = stack->dispose();
    disposal.cancel();
    context.poll();
    disposal.cancel();
    context.poll();
    stack.reset(); // no consumer of the disposal is left but the one that asks
    disposal.cancel(asio::cancellation_type::all);
    context.poll();
    BOOST_TEST(ran == 0);
    BOOST_TEST(!aborted);
    timer.expires_at(asio::steady_timer::time_point::min()); // ends the wait
    BOOST_TEST(end_of(context, std::move(disposal)).has_value());
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(entry_lives_until_what_it_returned_has_ended, *label("F14"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    const auto first = std::make_shared<int>();
    const auto second = std::make_shared<int>();
    const auto value = std::make_shared<int>();
    long seen_by_last[] = {-1, -1, -1};
    stack.defer([&] {
        seen_by_last[0] = first.use_count();
        seen_by_last[1] = second.use_count();
        seen_by_last[2] = value.use_count();
    });
    stack.adopt(value, [&, first](std::shared_ptr<int>& adopted) -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        co_await asio::post(context, asio::use_awaitable);
        BOOST_TEST(first.use_count() == 2);   // its closure is there
        BOOST_TEST(adopted.use_count() == 2); // and so is the value
        BOOST_TEST(second.use_count() == 1);  // the one before is not
    });
    stack.defer([second] {});
    long after = -1;
    stack.dispose().then([&] { after = first.use_count(); }).detach();
    context.run();
    BOOST_TEST(seen_by_last[0] == 1);
    BOOST_TEST(seen_by_last[1] == 1);
    BOOST_TEST(seen_by_last[2] == 1);
    BOOST_TEST(after == 1);
}

BOOST_AUTO_TEST_CASE(move_only_cleanups_and_values, *label("F3"))
{
    struct immovable {
        explicit immovable(int n)
            : number(n)
        {
        }
        immovable(const immovable&) = delete;
        immovable& operator=(const immovable&) = delete;
        int number;
    };
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int sum = 0;
    stack.defer([&, one = std::make_unique<int>(1)] { sum += *one; });
    auto& adopted = stack.adopt(
        std::make_unique<int>(10),
        [&, two = std::make_unique<int>(2)](std::unique_ptr<int>& value) { sum += *value + *two; });
    stack.adopt(std::make_unique<int>(100), [&](std::unique_ptr<int> value) { sum += *value; });
    stack.adopt(std::make_unique<immovable>(1000), [&](auto& value) { sum += value->number; });
    *adopted = 20;
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(sum == 1123);
}

BOOST_AUTO_TEST_CASE(adopted_value_is_moved_once_and_stays, *label("K1"))
{
    asio::io_context context;
    support::counted::copies = 0;
    settle::cleanup_stack stack(context);
    const support::counted* seen = nullptr;
    auto& adopted =
        stack.adopt(support::counted(7), [&](support::counted& value) { seen = &value; });
    BOOST_TEST(adopted.id() == 7);
    auto moved = stack.move();
    for (int i = 0; i < 100; ++i)
        moved.defer([] {});
    BOOST_TEST(end_of(context, moved.dispose()).has_value());
    BOOST_TEST(seen == &adopted);
    BOOST_TEST(support::counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(empty_cleanups_do_nothing, *label("F3"))
{
    asio::io_context context;
    const auto before = settle::stats().cleanups_run;
    settle::cleanup_stack stack(context);
    int ran = 0;
    stack.defer(nullptr);
    stack.defer(std::function<void()>());
    stack.defer(static_cast<void (*)()>(nullptr));
    stack.adopt(1, std::function<void(int)>());
    stack.defer(std::function<void()>([&] { ++ran; }));
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(ran == 1);
    BOOST_TEST(settle::stats().cleanups_run == before + 1);
}

BOOST_AUTO_TEST_CASE(many_entries_do_not_recurse, *label("E2"))
{
    constexpr int many = 100'000;
    asio::io_context context;
    int ran = 0;
    std::optional<settle::cleanup_stack> stack(context);
    for (int i = 0; i < many; ++i) {
        if (i % 2)
            stack->defer([&] { ++ran; });
        else
            stack->defer([&] {
                ++ran;
                return settle::rejected<void>(context, errc::timed_out);
            });
    }
    const auto end = end_of(context, stack->dispose());
    BOOST_TEST(ran == many);
    BOOST_TEST(end.error().suppressed().size() == many / 2 - 1U);
}

BOOST_AUTO_TEST_CASE(many_entries_are_dropped_without_recursion, *label("E2") * label("K7"))
{
    constexpr std::size_t many = 100'000;
    const support::report_collector reports;
    for (const bool disposed : {false, true}) {
        auto context = std::make_unique<asio::io_context>();
        std::optional<settle::cleanup_stack> stack(*context);
        for (std::size_t i = 0; i < many; ++i)
            stack->defer([] {});
        if (disposed)
            static_cast<void>(stack->dispose());
        stack.reset();
        context.reset();
    }
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 2 * many);
    BOOST_TEST(reports.count() == 2 * many);
}

BOOST_AUTO_TEST_CASE(cleanup_may_dispose_the_stack_that_runs_it, *label("K4"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int ran = 0;
    bool second = false;
    stack.defer([&] { ++ran; });
    stack.defer([&] {
        ++ran;
        stack.dispose().then([&] { second = true; }).detach();
    });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(ran == 2);
    BOOST_TEST(second);
}

// A ring of promises that wait for one another, as in JavaScript; it goes with its context.
BOOST_AUTO_TEST_CASE(cleanup_that_waits_for_its_own_disposal_never_ends, *label("B1"))
{
    const auto captured = std::make_shared<int>();
    const support::report_collector reports;
    {
        asio::io_context context;
        settle::cleanup_stack stack(context);
        stack.defer([captured] {});
        stack.defer([&, captured] { return stack.dispose(); });
        stack.dispose().detach();
        context.poll();
        BOOST_TEST(captured.use_count() == 3);
    }
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count() == reports.count(settle::report_kind::abandoned_cleanup));
}

BOOST_AUTO_TEST_CASE(stacks_of_every_executor, *label("E8"))
{
    asio::io_context context;
    int ran = 0;
    settle::basic_cleanup_stack<asio::io_context::executor_type> plain(context);
    plain.defer([&] { ++ran; });
    static_assert(std::is_same_v<decltype(plain.dispose()),
                                 settle::promise<void, asio::io_context::executor_type>>);
    plain.dispose().detach();
    settle::cleanup_stack on_strand(asio::make_strand(context));
    static_assert(std::is_same_v<decltype(on_strand.dispose()), settle::promise<void>>);
    on_strand.defer([&]() -> asio::awaitable<void> {
        ++ran;
        co_return;
    });
    on_strand.defer([&] { ++ran; });
    on_strand.dispose().detach();
    context.run();
    BOOST_TEST(ran == 3);

    asio::thread_pool pool(2);
    std::mutex mutex;
    int in_pool = 0;
    settle::cleanup_stack on_pool(pool);
    for (int i = 0; i < 100; ++i)
        on_pool.defer([&, i] {
            const std::lock_guard lock(mutex);
            in_pool = in_pool == 99 - i ? in_pool + 1 : -1000;
            return settle::resolved(pool);
        });
    on_pool.dispose().detach();
    pool.join();
    BOOST_TEST(in_pool == 100);
}
