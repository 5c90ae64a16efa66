// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// How promises are made, moved, converted and dropped.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <concepts>
#include <functional>
#include <memory>
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

using io_executor = asio::io_context::executor_type;

static_assert(!std::is_copy_constructible_v<settle::promise<int>>);
static_assert(std::is_nothrow_move_constructible_v<settle::promise<int>>);
static_assert(std::is_move_assignable_v<settle::promise<int>>);
static_assert(!std::is_default_constructible_v<settle::promise<int>>);
static_assert(std::is_convertible_v<settle::promise<int, io_executor>, settle::promise<int>>);
static_assert(!std::is_convertible_v<settle::promise<int>, settle::promise<int, io_executor>>);
static_assert(!std::is_convertible_v<settle::promise<int>, settle::promise<long>>);
static_assert(std::same_as<settle::promise<int>::executor_type, asio::any_io_executor>);

} // namespace

BOOST_AUTO_TEST_CASE(constructor_calls_its_function_at_once, *label("P1"))
{
    asio::io_context context;
    bool called = false;
    settle::promise<int> p(context, [&](settle::resolver<int> r) {
        called = true;
        r.resolve(1);
    });
    BOOST_TEST(called);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
    std::optional<settle::resolver<int>> kept;
    settle::promise<int> q(context.get_executor(),
                           [&](const settle::resolver<int>& r) { kept = r; });
    kept->reject(errc::timed_out);
    BOOST_TEST((end_of(context, std::move(q)).error().code() == errc::timed_out));
    settle::promise<int> generic(context, [](auto&& r) { r.resolve(2); });
    BOOST_TEST(*end_of(context, std::move(generic)) == 2);
    settle::promise<int> moved(context, [](settle::resolver<int>&& r) { r.resolve(3); });
    BOOST_TEST(*end_of(context, std::move(moved)) == 3);
}

BOOST_AUTO_TEST_CASE(throw_before_the_decision_rejects, *label("P1"))
{
    asio::io_context context;
    settle::promise<int> p(context,
                           [](const settle::resolver<int>&) { throw support::operation_error(); });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
    settle::promise<int> q(context, [](const settle::resolver<int>&) { throw 42; });
    BOOST_TEST(support::holds<int>(end_of(context, std::move(q)).error().exception()));
}

BOOST_AUTO_TEST_CASE(throw_after_the_decision_is_ignored, *label("P1"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::promise<int> p(context, [](const settle::resolver<int>& r) {
        r.resolve(1);
        throw support::operation_error();
    });
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
    auto [inner, s] = settle::with_resolvers<int>(context);
    settle::promise<int> locked(context, [&](const settle::resolver<int>& r) {
        r.resolve(std::move(inner));
        throw support::operation_error();
    });
    s.resolve(2);
    BOOST_TEST(*end_of(context, std::move(locked)) == 2);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(constructor_whose_function_keeps_nothing_breaks, *label("P8"))
{
    asio::io_context context;
    settle::promise<int> p(context, [](const settle::resolver<int>&) {});
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(factories_return_the_executor_they_were_given, *label("E1"))
{
    asio::io_context context;
    const auto strand = asio::make_strand(context);
    const asio::any_io_executor any = context.get_executor();
    auto a = settle::resolved(context, 1);
    auto b = settle::resolved(strand, 1);
    auto c = settle::resolved(any);
    auto d = settle::rejected<int>(any, errc::timed_out);
    auto e = settle::attempt(strand, [] { return 1; });
    auto f = settle::with_resolvers<int>(context);
    static_assert(std::same_as<decltype(a), settle::promise<int, io_executor>>);
    static_assert(std::same_as<decltype(b), settle::promise<int, asio::strand<io_executor>>>);
    static_assert(std::same_as<decltype(c), settle::promise<void>>);
    static_assert(std::same_as<decltype(d), settle::promise<int>>);
    static_assert(std::same_as<decltype(e), settle::promise<int, asio::strand<io_executor>>>);
    static_assert(std::same_as<decltype(f.promise), settle::promise<int, io_executor>>);
    static_assert(std::same_as<decltype(f.resolver), settle::resolver<int, io_executor>>);
    BOOST_TEST((a.get_executor() == context.get_executor()));
    BOOST_TEST((b.get_executor() == strand));
    BOOST_TEST(*end_of(context, std::move(a)) == 1);
    BOOST_TEST(*end_of(context, std::move(b)) == 1);
    BOOST_TEST(end_of(context, std::move(c)).has_value());
    BOOST_TEST((end_of(context, std::move(d)).error().code() == errc::timed_out));
    BOOST_TEST(*end_of(context, std::move(e)) == 1);
    f.resolver.resolve(1);
    BOOST_TEST(*end_of(context, std::move(f.promise)) == 1);
}

BOOST_AUTO_TEST_CASE(resolved_decays_and_flattens, *label("P4"))
{
    asio::io_context context;
    const std::string text = "x";
    auto copy = settle::resolved(context, text);
    static_assert(std::same_as<decltype(copy)::value_type, std::string>);
    BOOST_TEST(*end_of(context, std::move(copy)) == "x");
    auto literal = settle::resolved(context, "y");
    static_assert(std::same_as<decltype(literal)::value_type, const char*>);
    BOOST_TEST(std::string(*end_of(context, std::move(literal))) == "y");
    auto flat = settle::resolved(context, settle::rejected<int>(context, errc::timed_out));
    static_assert(std::same_as<decltype(flat)::value_type, int>);
    BOOST_TEST((end_of(context, std::move(flat)).error().code() == errc::timed_out));
    auto outcome = settle::resolved(context, settle::outcome<int>(errc::timed_out));
    static_assert(std::same_as<decltype(outcome)::value_type, int>);
    BOOST_TEST((end_of(context, std::move(outcome)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(rejected_takes_every_form_of_a_reason, *label("P1"))
{
    asio::io_context context;
    const auto end = [&](auto&& why) {
        return end_of(context, settle::rejected<void>(context, std::forward<decltype(why)>(why)))
            .error();
    };
    BOOST_TEST((end(errc::timed_out).code() == errc::timed_out));
    BOOST_TEST((end(settle::error_code(errc::timed_out)).code() == errc::timed_out));
    const auto thrown = std::make_exception_ptr(support::operation_error());
    BOOST_TEST((end(thrown).exception() == thrown));
    BOOST_TEST((end(settle::reason(thrown)).exception() == thrown));
    BOOST_TEST(
        support::holds<support::operation_error>(end(support::operation_error()).exception()));
}

BOOST_AUTO_TEST_CASE(attempt_calls_at_once_and_settles_as_a_handler_would, *label("P4"))
{
    asio::io_context context;
    int called = 0;
    auto value = settle::attempt(context, [&] { return ++called; });
    BOOST_TEST(called == 1);
    BOOST_TEST(*end_of(context, std::move(value)) == 1);
    auto thrown = settle::attempt(context, []() -> int { throw support::operation_error(); });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(thrown)).error().exception()));
    auto nothing = settle::attempt(context, [] {});
    static_assert(std::same_as<decltype(nothing)::value_type, void>);
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
    auto adopted = settle::attempt(context, [&] { return settle::resolved(context, 5); });
    static_assert(std::same_as<decltype(adopted)::value_type, int>);
    BOOST_TEST(*end_of(context, std::move(adopted)) == 5);
    auto coroutine = settle::attempt(context, []() -> asio::awaitable<int> { co_return 6; });
    BOOST_TEST(*end_of(context, std::move(coroutine)) == 6);
    auto outcome =
        settle::attempt(context, []() -> settle::outcome<int> { return errc::timed_out; });
    BOOST_TEST((end_of(context, std::move(outcome)).error().code() == errc::timed_out));
    auto move_only = settle::attempt(context, [u = std::make_unique<int>(8)] { return *u; });
    BOOST_TEST(*end_of(context, std::move(move_only)) == 8);
}

BOOST_AUTO_TEST_CASE(promise_converts_to_another_executor_type, *label("P4"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    settle::promise<int> converted = std::move(p);
    BOOST_TEST((converted.get_executor() == asio::any_io_executor(context.get_executor())));
    settle::promise<int> after = std::move(converted).then([](int i) { return i + 1; });
    r.resolve(1);
    BOOST_TEST(*end_of(context, std::move(after)) == 2);
    const std::function<settle::promise<int>()> erased = [&] {
        return settle::resolved(context, 3);
    };
    BOOST_TEST(*end_of(context, erased()) == 3);
    auto assigned = settle::promise<int>(settle::resolved(context, 4));
    assigned = settle::resolved(context, 5);
    BOOST_TEST(*end_of(context, std::move(assigned)) == 5);
}

BOOST_AUTO_TEST_CASE(promises_move_in_containers, *label("P2"))
{
    asio::io_context context;
    std::vector<settle::promise<int>> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(settle::resolved(context, i));
    std::swap(all.front(), all.back());
    all.erase(all.begin() + 1);
    int sum = 0;
    for (auto& p : all)
        std::move(p).then([&](int i) { sum += i; }).detach();
    context.run();
    BOOST_TEST(sum == 44);
}

BOOST_AUTO_TEST_CASE(assignment_drops_the_old_promise, *label("P9") * label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    auto p = settle::rejected<int>(context, errc::timed_out);
    p = settle::resolved(context, 1);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 1U);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(dropping_a_promise_stops_nothing, *label("P9"))
{
    support::report_collector reports;
    asio::io_context context;
    int ran = 0;
    auto made = settle::with_resolvers<int>(context);
    {
        const auto dropped = std::move(made.promise).then([&](int) {
            ++ran;
            throw support::operation_error();
        });
    }
    BOOST_TEST(made.resolver.resolve(1));
    context.run();
    BOOST_TEST(ran == 1);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 1U);
}
