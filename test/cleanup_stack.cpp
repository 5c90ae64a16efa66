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
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::cleanup_error;
using support::end_of;
using strings = std::vector<std::string>;

bool is_already_disposed(const boost::system::system_error& error)
{
    return error.code() == errc::already_disposed;
}

} // namespace

BOOST_AUTO_TEST_CASE(last_in_is_first_out, *label("K1"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    strings log;
    stack.defer([&] { log.emplace_back("first"); });
    stack.adopt(std::string("second"), [&](std::string& value) { log.push_back(value); });
    stack.defer([&] { log.emplace_back("third"); });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(log == (strings{"third", "second", "first"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_cleanup_is_awaited_before_the_next, *label("K1"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context.get_executor());
    strings log;
    stack.defer([&] { log.emplace_back("last"); });
    stack.defer([&] {
        log.emplace_back("thenable");
        return support::thenable<void>{[&](settle::resolver<void> decides) {
            asio::post(context, [&log, decides] {
                log.emplace_back("of thenable");
                decides.resolve();
            });
        }};
    });
    stack.defer([&] {
        log.emplace_back("shared");
        return settle::resolved(context).then([&] { log.emplace_back("of shared"); }).share();
    });
    stack.defer([&] {
        log.emplace_back("promise");
        return settle::resolved(context)
            .then([&] { return asio::post(context, asio::deferred); })
            .then([&] { log.emplace_back("of promise"); });
    });
    stack.defer([&] {
        log.emplace_back("operation");
        asio::post(context, [&] { log.emplace_back("of operation"); });
        return support::settle_after(context.get_executor(), 3, nullptr, asio::deferred);
    });
    stack.defer([&]() -> asio::awaitable<void> {
        log.emplace_back("coroutine");
        co_await asio::post(context, asio::use_awaitable);
        log.emplace_back("of coroutine");
    });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(
        log == (strings{"coroutine", "of coroutine", "operation", "of operation", "promise",
                        "of promise", "shared", "of shared", "thenable", "of thenable", "last"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_entry_runs_also_after_failures, *label("K2"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int ran = 0;
    stack.defer([&] { ++ran; });
    stack.defer([&] {
        ++ran;
        throw cleanup_error();
    });
    stack.adopt(1, [&](int value) {
        ran += value;
        return settle::rejected<int>(context, errc::timed_out);
    });
    stack.defer([&]() -> asio::awaitable<void> {
        ++ran;
        throw cleanup_error();
        co_return;
    });
    stack.defer([&] { ++ran; });
    const auto end = end_of(context, stack.dispose());
    BOOST_TEST(ran == 5);
    BOOST_TEST(end.has_error());
}

BOOST_AUTO_TEST_CASE(failures_add_up_as_nested_finally_would, *label("K3"))
{
    asio::io_context context;
    const auto failing = [&](int n) {
        return [&context, n] {
            return settle::rejected<void>(
                context, boost::system::error_code(n, boost::system::generic_category()));
        };
    };
    settle::cleanup_stack stack(context);
    stack.defer([] {});
    stack.defer(failing(4));
    stack.defer([] {});
    stack.defer(failing(3));
    stack.defer(failing(2));
    stack.defer([] {});
    stack.defer(failing(1));
    const auto of_stack = end_of(context, stack.dispose());
    const auto nested = end_of(context, settle::resolved(context)
                                            .finally(failing(1))
                                            .finally(failing(2))
                                            .finally(failing(3))
                                            .finally(failing(4)));
    BOOST_TEST(of_stack.error().code().value() == 4);
    const auto values = [](const settle::reason& why) {
        std::vector<int> all;
        for (const auto& displaced : why.suppressed())
            all.push_back(displaced.code().value());
        return all;
    };
    BOOST_TEST(values(of_stack.error()) == (std::vector<int>{1, 2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(values(of_stack.error()) == values(nested.error()),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failure_of_one_cleanup_is_the_reason_itself, *label("K3") * label("F4"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    const auto exception = std::make_exception_ptr(cleanup_error());
    stack.defer([] {});
    stack.defer([&] { std::rethrow_exception(exception); });
    const auto end = end_of(context, stack.dispose());
    BOOST_TEST((end.error().exception() == exception));
    BOOST_TEST(end.error().suppressed().empty());
}

BOOST_AUTO_TEST_CASE(second_disposal_gets_the_same_completion, *label("K4"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int ran = 0;
    strings log;
    stack.defer([&] {
        ++ran;
        return settle::rejected<void>(context, errc::timed_out);
    });
    const auto note = [&](std::string name) {
        return [&log, name = std::move(name)](const settle::reason& why) {
            log.push_back(name + (why.code() == errc::timed_out ? " timed out" : " ?"));
        };
    };
    stack.dispose().catch_(note("first")).detach();
    stack.dispose().catch_(note("second")).detach();
    BOOST_TEST(log.empty());
    context.run();
    stack.dispose().catch_(note("third")).detach();
    context.restart();
    context.run();
    BOOST_TEST(ran == 1);
    BOOST_TEST(log == (strings{"first timed out", "second timed out", "third timed out"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(second_disposal_waits_for_the_first, *label("K4"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    auto held = settle::with_resolvers<void>(context);
    stack.defer([&] { return std::move(held.promise); });
    bool first = false;
    bool second = false;
    stack.dispose().then([&] { first = true; }).detach();
    stack.dispose().then([&] { second = true; }).detach();
    context.poll();
    BOOST_TEST(!second);
    held.resolver.resolve();
    context.restart();
    context.run();
    BOOST_TEST(first);
    BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(adding_after_disposal_throws, *label("K5"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    auto disposal = stack.dispose();
    auto value = std::make_unique<int>(1);
    BOOST_CHECK_EXCEPTION(stack.defer([] {}), boost::system::system_error, is_already_disposed);
    BOOST_CHECK_EXCEPTION(stack.adopt(std::move(value), [](auto&) {}), boost::system::system_error,
                          is_already_disposed);
    BOOST_CHECK_EXCEPTION(static_cast<void>(stack.move()), boost::system::system_error,
                          is_already_disposed);
    BOOST_TEST(value != nullptr);
    BOOST_TEST(end_of(context, std::move(disposal)).has_value());
}

BOOST_AUTO_TEST_CASE(cleanup_cannot_add_to_the_stack_that_runs_it, *label("K5"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    stack.defer([&] { stack.defer([] {}); });
    BOOST_TEST((end_of(context, stack.dispose()).error().code() == errc::already_disposed));
}

BOOST_AUTO_TEST_CASE(move_leaves_the_source_disposed, *label("K6"))
{
    asio::io_context context;
    settle::cleanup_stack source(context);
    strings log;
    source.defer([&] { log.emplace_back("a"); });
    auto& value = source.adopt(std::string("b"), [&](auto& v) { log.push_back(v); });
    auto target = source.move();
    static_assert(std::is_same_v<decltype(target), settle::cleanup_stack>);
    BOOST_TEST(source.disposed());
    BOOST_TEST(!target.disposed());
    BOOST_CHECK_THROW(source.defer([] {}), boost::system::system_error);
    BOOST_TEST(end_of(context, source.dispose()).has_value());
    BOOST_TEST(log.empty());
    value = "still there";
    target.defer([&] { log.emplace_back("c"); });
    BOOST_TEST(end_of(context, target.dispose()).has_value());
    BOOST_TEST(log == (strings{"c", "still there", "a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(moving_a_disposed_stack_takes_its_completion_along, *label("K6") * label("K4"))
{
    asio::io_context context;
    settle::cleanup_stack source(context);
    source.defer([] { throw cleanup_error(); });
    source.dispose().catch_([](const settle::reason&) {}).detach();
    auto target = std::move(source);
    BOOST_TEST(target.disposed());
    BOOST_TEST(source.disposed()); // NOLINT(bugprone-use-after-move): what it is left as
    BOOST_TEST(
        support::holds<cleanup_error>(end_of(context, target.dispose()).error().exception()));
    BOOST_TEST(end_of(context, source.dispose()).has_value());
}

BOOST_AUTO_TEST_CASE(stack_destroyed_undisposed_reports_each_entry, *label("K7") * label("B2"))
{
    asio::io_context context;
    const support::report_collector reports;
    const auto before = settle::stats();
    const auto captured = std::make_shared<int>();
    unsigned line = 0;
    int ran = 0;
    {
        settle::cleanup_stack stack(context);
        line = std::source_location::current().line();
        stack.defer([&ran, captured] { ++ran; });
        stack.defer([&ran, captured]() -> asio::awaitable<void> {
            ++ran;
            co_return;
        });
        stack.adopt(captured, [&ran](auto&) { ++ran; });
        stack.defer(nullptr); // is none
        BOOST_TEST(settle::stats().cleanups_pending == before.cleanups_pending + 3);
    }
    BOOST_TEST(captured.use_count() == 1);
    context.run();
    BOOST_TEST(ran == 0);
    const auto told = reports.all(settle::report_kind::abandoned_cleanup);
    BOOST_REQUIRE(told.size() == 3U);
    BOOST_TEST(reports.count() == 3U);
    // As they would have run: the last one first.
    BOOST_TEST(told[0].where.line() == line + 6);
    BOOST_TEST(told[1].where.line() == line + 2);
    BOOST_TEST(told[2].where.line() == line + 1);
    BOOST_TEST((told[0].why.code() == errc::broken_promise));
    const auto after = settle::stats();
    BOOST_TEST(after.cleanups_abandoned == before.cleanups_abandoned + 3);
    BOOST_TEST(after.cleanups_pending == before.cleanups_pending);
    BOOST_TEST(after.promises_live == before.promises_live);
}

BOOST_AUTO_TEST_CASE(what_was_moved_is_abandoned_with_its_new_stack, *label("K6") * label("K7"))
{
    asio::io_context context;
    const support::report_collector reports;
    settle::cleanup_stack source(context);
    source.defer([] {});
    {
        const auto target = source.move();
        BOOST_TEST(reports.count() == 0U);
    }
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 1U);
    static_cast<void>(source.dispose());
    context.run();
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(disposal_nobody_waits_for_is_told_of_its_failure_once, *label("U1"))
{
    asio::io_context context;
    const support::report_collector reports;
    {
        settle::cleanup_stack stack(context);
        stack.defer([] { throw cleanup_error(); });
        stack.dispose().detach();
    }
    context.run();
    BOOST_TEST(reports.count() == 1U);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 1U);
}
