// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/any. Each case is named after its file there;
// doc/test262.md lists all.

#include <settle/combinators.hpp>

#include "support/combinator_fixture.hpp"
#include "support/end_of.hpp"
#include "support/thenable.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

using promise = settle::promise<int, asio::io_context::executor_type>;
using thenable = support::thenable<int>;

std::vector<settle::reason> reasons_of(const settle::reason& why)
{
    try {
        why.rethrow();
    } catch (const settle::aggregate_error& e) {
        return e.reasons();
    }
}

struct any_fixture : support::combinator_fixture {
    template <class... Promises>
    auto end_of_any(Promises... promises)
    {
        return end_of(context, settle::any(context, range_of(std::move(promises)...)));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(test262_any, any_fixture, *label("P10"))

BOOST_AUTO_TEST_CASE(any_returns_promise)
{
    auto p = settle::any(fulfilled(1));
    static_assert(std::is_same_v<decltype(p), promise>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(any_iter_arg_is_empty_iterable_reject)
{
    BOOST_TEST(reasons_of(end_of_any().error()).empty());
}

BOOST_AUTO_TEST_CASE(any_call_reject_element_after_return)
{
    auto made = settle::with_resolvers<int>(context);
    made.resolver.reject(errc::timed_out);
    auto end = end_of_any(std::move(made.promise));
    BOOST_TEST(!made.resolver.reject(errc::cleanup_failed));
    const auto reasons = reasons_of(end.error());
    BOOST_REQUIRE(reasons.size() == 1U);
    BOOST_TEST((reasons[0].code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(any_call_reject_element_items)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    for (const auto why : {errc::timed_out, errc::cleanup_failed}) {
        first.resolver.reject(why);
        second.resolver.reject(why);
    }
    const auto reasons =
        reasons_of(end_of_any(std::move(first.promise), std::move(second.promise)).error());
    BOOST_REQUIRE(reasons.size() == 2U);
    BOOST_TEST((reasons[0].code() == errc::timed_out));
    BOOST_TEST((reasons[1].code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(any_reject_all_mixed)
{
    auto later = settle::with_resolvers<int>(context);
    settle::resolved(context).then([&] { later.resolver.reject(errc::timed_out); }).detach();
    const auto reasons =
        reasons_of(end_of_any(std::move(later.promise), rejected(errc::cleanup_failed),
                              following([](const auto&) { throw support::operation_error(); }))
                       .error());
    BOOST_REQUIRE(reasons.size() == 3U);
    BOOST_TEST((reasons[0].code() == errc::timed_out));
    BOOST_TEST((reasons[1].code() == errc::cleanup_failed));
    BOOST_TEST(support::holds<support::operation_error>(reasons[2].exception()));
}

BOOST_AUTO_TEST_CASE(any_reject_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context).then([&] { made.resolver.reject(errc::timed_out); }).detach();
    BOOST_TEST(reasons_of(end_of_any(std::move(made.promise)).error()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(any_reject_immed)
{
    BOOST_TEST(reasons_of(end_of_any(rejected(errc::timed_out)).error()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(any_reject_ignored_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            made.resolver.resolve(1);
            made.resolver.reject(errc::timed_out);
        })
        .detach();
    auto end = end_of_any(std::move(made.promise), rejected(errc::cleanup_failed));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(any_reject_from_same_thenable)
{
    const auto twice = [&] {
        return following([](const auto& r) {
            r.reject(errc::timed_out);
            r.reject(errc::cleanup_failed);
        });
    };
    auto pending = settle::with_resolvers<int>(context);
    bool ended = false;
    settle::any(twice(), std::move(pending.promise), twice())
        .then([&](int) { ended = true; })
        .detach();
    context.run();
    BOOST_TEST(!ended);
    pending.resolver.resolve(3);
    context.restart();
    context.run();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(any_resolve_before_loop_exit)
{
    // Rejected while the range is still being walked: that is not all of them yet.
    auto first = settle::with_resolvers<int>(context);
    auto p = settle::any(context, std::views::iota(0, 2) | std::views::transform([&](int i) {
                                      if (i == 0)
                                          return std::move(first.promise);
                                      first.resolver.reject(errc::timed_out);
                                      context.poll();
                                      return fulfilled(i);
                                  }));
    BOOST_TEST(end_of(context, std::move(p)).value() == 1);
}

BOOST_AUTO_TEST_CASE(any_resolve_before_loop_exit_from_same)
{
    auto first = settle::with_resolvers<int>(context);
    auto p = settle::any(context, std::views::iota(0, 2) | std::views::transform([&](int i) {
                                      if (i == 0)
                                          return std::move(first.promise);
                                      first.resolver.reject(errc::timed_out);
                                      first.resolver.reject(errc::cleanup_failed);
                                      return rejected(errc::broken_promise);
                                  }));
    const auto reasons = reasons_of(end_of(context, std::move(p)).error());
    BOOST_REQUIRE(reasons.size() == 2U);
    BOOST_TEST((reasons[0].code() == errc::timed_out));
    BOOST_TEST((reasons[1].code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(any_resolve_from_reject_catch)
{
    // In two statements: arguments may be evaluated in any order.
    auto first = rejected(errc::timed_out).catch_([](const settle::reason&) { return 2; });
    auto second = rejected(errc::timed_out).catch_([](const settle::reason&) { return 3; });
    auto end = end_of_any(rejected(errc::timed_out), std::move(first), std::move(second));
    BOOST_TEST(end.value() == 2);
}

BOOST_AUTO_TEST_CASE(any_resolve_from_resolve_reject_catch)
{
    auto end =
        end_of_any(fulfilled(1).then([](int) -> int { throw support::operation_error(); }),
                   rejected(errc::timed_out).then([](int i) { return i; }),
                   rejected(errc::timed_out).catch_([](const settle::reason&) { return 3; }));
    BOOST_TEST(end.value() == 3);
}

BOOST_AUTO_TEST_CASE(any_resolve_from_same_thenable)
{
    auto end = end_of_any(following([](const auto& r) {
        r.resolve(1);
        r.resolve(2);
        r.resolve(3);
    }));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(any_resolved_sequence_mixed)
{
    std::string order = "1";
    const auto p = rejected(errc::timed_out).share();
    const auto q = fulfilled(1).share();
    settle::any(p, q).then([&](int) { order += '5'; }).detach();
    p.then([](int) {}, [&](const settle::reason&) { order += '3'; }).detach();
    q.then([&](int) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "12345");
}

BOOST_AUTO_TEST_CASE(any_resolved_sequence_with_rejections)
{
    std::string order = "1";
    const auto p = rejected(errc::timed_out).share();
    settle::any(p).then([](int) {}, [&](const settle::reason&) { order += '4'; }).detach();
    p.then([](int) {}, [&](const settle::reason&) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(any_resolved_sequence)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::any(context, std::vector{p}).then([&](int) { order += '4'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(any_resolved_sequence_extra_ticks)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::any(context, std::vector{p}).then([&](int) { order += '5'; }).detach();
    p.then([&](int) { order += '3'; })
        .then([&] { order += '6'; })
        .then([&] { order += '7'; })
        .detach();
    p.then([&](int) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234567");
}

BOOST_AUTO_TEST_CASE(any_iter_arg_is_poisoned)
{
    // begin() throws.
    auto p = settle::any(context, std::views::iota(0, 2) | std::views::filter([](int) -> bool {
                                      throw support::operation_error();
                                  }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(any_iter_next_val_err_reject)
{
    auto p = settle::any(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                      if (i == 1)
                                          throw support::operation_error();
                                      return fulfilled(i);
                                  }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(any_iter_step_err_reject)
{
    auto p = settle::any(context, std::views::iota(0, 3) | std::views::filter([](int i) {
                                      if (i == 1)
                                          throw support::operation_error();
                                      return true;
                                  }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(any_resolve_non_thenable)
{
    auto end = end_of_any(fulfilled(3));
    BOOST_TEST(end.value() == 3);
}

BOOST_AUTO_TEST_CASE(any_resolve_ignores_late_rejection)
{
    auto end = end_of_any(following([](const auto& r) {
        r.resolve(1);
        r.reject(errc::timed_out);
    }));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(any_resolve_ignores_late_rejection_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            made.resolver.resolve(1);
            made.resolver.reject(errc::timed_out);
        })
        .detach();
    auto end = end_of_any(std::move(made.promise));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(any_reject_ignored_immed)
{
    auto end = end_of_any(following([](const auto& r) {
                              r.resolve(1);
                              BOOST_TEST(!r.reject(errc::timed_out));
                          }),
                          fulfilled(1));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
