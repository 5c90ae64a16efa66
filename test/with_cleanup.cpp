// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/cleanup_stack.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/settle_after.hpp"
#include "support/thenable.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::cleanup_stack;
using settle::errc;
using support::cleanup_error;
using support::end_of;
using support::operation_error;
using strings = std::vector<std::string>;

// A body that returns or throws what `end` does; its one cleanup counts.
template <class End>
auto disposing(int& disposed, End end)
{
    return [&disposed, end = std::move(end)](cleanup_stack& stack) {
        stack.defer([&disposed] { ++disposed; });
        return end();
    };
}

} // namespace

BOOST_AUTO_TEST_CASE(body_is_called_at_once, *label("E1"))
{
    asio::io_context context;
    bool called = false;
    auto p = settle::with_cleanup(context, [&](settle::cleanup_stack& stack) {
        called = true;
        BOOST_TEST(!stack.disposed());
    });
    static_assert(
        std::is_same_v<decltype(p), settle::promise<void, asio::io_context::executor_type>>);
    BOOST_TEST(called);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(settles_as_the_body_does, *label("F3") * label("F4") * label("K2"))
{
    asio::io_context context;
    int disposed = 0;
    const auto run = [&](auto end) {
        return end_of(context, settle::with_cleanup(context, disposing(disposed, end)));
    };
    BOOST_TEST(run([] { return std::make_unique<int>(1); }).value() != nullptr);
    BOOST_TEST(run([&] { return settle::resolved(context, 2); }).value() == 2);
    BOOST_TEST(run([&] { return settle::resolved(context, 3).share(); }).value() == 3);
    BOOST_TEST(run([]() -> asio::awaitable<int> { co_return 4; }).value() == 4);
    BOOST_TEST(run([&] { return asio::post(context, asio::deferred); }).has_value());
    BOOST_TEST(run([] { return settle::outcome<int>(6); }).value() == 6);
    BOOST_TEST(run([] {
                   return support::thenable<int>{
                       [](settle::resolver<int> decides) { decides.resolve(7); }};
               }).value() == 7);
    BOOST_TEST(disposed == 7);
    const auto exception = std::make_exception_ptr(operation_error());
    BOOST_TEST((run([&]() -> int { std::rethrow_exception(exception); }).error().exception() ==
                exception));
    BOOST_TEST(
        (run([] { return settle::outcome<int>(settle::reason(errc::timed_out)); }).error().code() ==
         errc::timed_out));
    BOOST_TEST((run([&] {
                    return support::settle_after(context.get_executor(), 3, exception,
                                                 asio::deferred);
                })
                    .error()
                    .exception() == exception));
    BOOST_TEST(disposed == 10);
}

BOOST_AUTO_TEST_CASE(disposes_when_the_body_has_ended_and_before_downstream, *label("F15"))
{
    asio::io_context context;
    strings log;
    settle::with_cleanup(context, [&](cleanup_stack& stack) -> asio::awaitable<int> {
        stack.defer([&]() -> asio::awaitable<void> {
            log.emplace_back("first in");
            co_await asio::post(context, asio::use_awaitable);
            log.emplace_back("last out");
        });
        co_await asio::post(context, asio::use_awaitable);
        auto& name =
            stack.adopt(std::string("adopted"), [&](auto& value) { log.push_back(value); });
        co_await asio::post(context, asio::use_awaitable);
        name += " later";
        log.emplace_back("body");
        co_return 1;
    }).then([&](int) {
          log.emplace_back("downstream");
      }).detach();
    context.run();
    BOOST_TEST(log == (strings{"body", "adopted later", "first in", "last out", "downstream"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failing_disposal_replaces_the_value, *label("F5") * label("F6"))
{
    asio::io_context context;
    auto p = settle::with_cleanup(context, [&](cleanup_stack& stack) {
        stack.defer([] { throw cleanup_error(); });
        return 1;
    });
    const auto end = end_of(context, std::move(p));
    BOOST_TEST(support::holds<cleanup_error>(end.error().exception()));
    BOOST_TEST(end.error().suppressed().empty());
}

BOOST_AUTO_TEST_CASE(failing_disposal_keeps_the_failure_of_the_body, *label("F9") * label("K3"))
{
    asio::io_context context;
    const support::report_collector reports;
    const auto failed_before = settle::stats().cleanups_failed;
    auto p = settle::with_cleanup(context, [&](cleanup_stack& stack) -> asio::awaitable<int> {
        stack.defer([] { throw cleanup_error(); });
        stack.defer([&] { return settle::rejected<int>(context, errc::timed_out); });
        throw operation_error();
        co_return 1;
    });
    const auto end = end_of(context, std::move(p));
    BOOST_TEST(support::holds<cleanup_error>(end.error().exception()));
    const auto& displaced = end.error().suppressed();
    BOOST_REQUIRE(displaced.size() == 2U);
    BOOST_TEST(support::holds<operation_error>(displaced[0].exception()));
    BOOST_TEST((displaced[1].code() == errc::timed_out));
    BOOST_TEST(reports.count() == 0U);
    BOOST_TEST(settle::stats().cleanups_failed == failed_before + 2);
}

BOOST_AUTO_TEST_CASE(body_and_stack_stay_until_the_disposal_has_ended, *label("F14"))
{
    asio::io_context context;
    const auto captured = std::make_shared<int>();
    long while_disposing = 0;
    long downstream = 0;
    const cleanup_stack* address = nullptr;
    auto body = [&, held = captured,
                 text = std::string("a text too long to be stored in the string")](
                    cleanup_stack& stack) -> asio::awaitable<void> {
        address = &stack;
        stack.defer([&]() -> asio::awaitable<void> {
            co_await asio::post(context, asio::use_awaitable);
            // The body's captures, and the stack, by reference.
            BOOST_TEST(text.size() == 42U);
            BOOST_TEST(&stack == address);
            BOOST_TEST(stack.disposed());
            while_disposing = captured.use_count();
        });
        co_await asio::post(context, asio::use_awaitable);
        BOOST_TEST(text.size() == 42U);
        BOOST_TEST(&stack == address);
    };
    settle::with_cleanup(context, std::move(body))
        .then([&] { downstream = captured.use_count(); })
        .detach();
    context.run();
    BOOST_TEST(while_disposing == 2);
    BOOST_TEST(downstream == 1);
}

BOOST_AUTO_TEST_CASE(body_may_dispose_by_itself, *label("K4"))
{
    asio::io_context context;
    int ran = 0;
    auto p = settle::with_cleanup(context, [&](cleanup_stack& stack) {
        stack.defer([&] { ++ran; });
        return stack.dispose().then([&] { return ran; });
    });
    BOOST_TEST(end_of(context, std::move(p)).value() == 1);
    BOOST_TEST(ran == 1);
}

BOOST_AUTO_TEST_CASE(body_may_move_its_entries_out, *label("K6"))
{
    asio::io_context context;
    strings log;
    auto p = settle::with_cleanup(context, [&](cleanup_stack& stack) {
        stack.defer([&] { log.emplace_back("cleanup"); });
        return settle::resolved(context).then([&] { return stack.move(); }); // all went well
    });
    std::move(p)
        .then([&](cleanup_stack kept) {
            log.emplace_back("kept");
            return kept.dispose();
        })
        .then([&] { log.emplace_back("end"); })
        .detach();
    context.run();
    BOOST_TEST(log == (strings{"kept", "cleanup", "end"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(cancellation_reaches_the_body_and_not_the_disposal,
                     *label("X1") * label("X2") * label("X5"))
{
    asio::io_context context;
    asio::steady_timer timer(context, asio::steady_timer::time_point::max());
    auto held = settle::with_resolvers<void>(context);
    bool cleanup_cancelled = false;
    held.resolver.slot().assign([&](asio::cancellation_type) { cleanup_cancelled = true; });
    int ran = 0;
    auto p = settle::with_cleanup(context, [&](cleanup_stack& stack) {
        stack.defer([&] { ++ran; });
        stack.defer([&] {
            ++ran;
            return std::move(held.promise);
        });
        return timer.async_wait(asio::deferred);
    });
    context.poll();
    p.cancel();
    context.poll();
    BOOST_TEST(ran == 1);
    p.cancel();
    context.poll();
    BOOST_TEST(!cleanup_cancelled);
    BOOST_TEST(!context.stopped());
    held.resolver.resolve();
    BOOST_TEST((end_of(context, std::move(p)).error().code() == asio::error::operation_aborted));
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(body_may_take_the_stack_of_its_executor, *label("E8"))
{
    asio::io_context context;
    using executor = asio::strand<asio::io_context::executor_type>;
    int ran = 0;
    const executor strand = asio::make_strand(context);
    auto p = settle::with_cleanup(strand, [&](settle::basic_cleanup_stack<executor>& stack) {
        stack.defer([&] { ran += strand.running_in_this_thread(); });
    });
    auto q = settle::with_cleanup(strand, [&](auto& stack) {
        static_assert(std::is_same_v<decltype(stack), cleanup_stack&>);
        stack.defer([&] { ran += strand.running_in_this_thread(); });
    });
    static_assert(std::is_same_v<decltype(p), settle::promise<void, executor>>);
    static_assert(std::is_same_v<decltype(q), settle::promise<void, executor>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(end_of(context, std::move(q)).has_value());
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(empty_stack_passes_the_outcome, *label("F3"))
{
    asio::io_context context;
    const auto before = settle::stats();
    auto p = settle::with_cleanup(context, [](cleanup_stack&) { return 5; });
    BOOST_TEST(end_of(context, std::move(p)).value() == 5);
    // That the stack is disposed is no cleanup of anyone's.
    BOOST_TEST(settle::stats().cleanups_run == before.cleanups_run);
    BOOST_TEST(settle::stats().cleanups_pending == before.cleanups_pending);
    BOOST_TEST(settle::stats().promises_live == before.promises_live);
}
