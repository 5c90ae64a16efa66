// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/race. Each case is named after its file there;
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

struct race_fixture : support::combinator_fixture {
    template <class... Promises>
    auto end_of_race(Promises... promises)
    {
        return end_of(context, settle::race(context, range_of(std::move(promises)...)));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(test262_race, race_fixture, *label("P10"))

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A2_1_T1)
{
    auto p = settle::race(fulfilled(1));
    static_assert(std::is_same_v<decltype(p), promise>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A2_2_T3)
{
    // begin() throws.
    auto p = settle::race(context, std::views::iota(0, 2) | std::views::filter([](int) -> bool {
                                       throw support::operation_error();
                                   }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A4_1_T1)
{
    auto p =
        settle::race(context, std::views::iota(0, 1) | std::views::transform([](int) -> promise {
                                  throw support::operation_error();
                              }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A4_1_T2)
{
    // One has been taken already when the next is asked for.
    auto p = settle::race(context, std::views::iota(0, 2) | std::views::transform([&](int i) {
                                       if (i == 1)
                                           throw support::operation_error();
                                       return rejected(errc::timed_out);
                                   }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A5_1_T1)
{
    // Unlike ECMAScript's, which stays pending for ever.
    BOOST_TEST((end_of_race().error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A6_1_T1)
{
    std::string order = "1";
    settle::race(fulfilled(1)).then([&](int) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "123");
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A6_2_T1)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::race(p).then([&](int) { order += '4'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_1_T1)
{
    BOOST_TEST(end_of_race(fulfilled(1), fulfilled(2)).value() == 1);
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_1_T2)
{
    auto pending = settle::with_resolvers<int>(context);
    BOOST_TEST(end_of_race(fulfilled(1), std::move(pending.promise)).value() == 1);
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_1_T3)
{
    auto pending = settle::with_resolvers<int>(context);
    BOOST_TEST(end_of_race(std::move(pending.promise), fulfilled(2)).value() == 2);
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_2_T1)
{
    auto end = end_of_race(rejected(errc::timed_out), fulfilled(2));
    BOOST_TEST((end.error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_3_T1)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto p = settle::race(std::move(first.promise), std::move(second.promise));
    first.resolver.resolve(1);
    second.resolver.resolve(2);
    BOOST_TEST(end_of(context, std::move(p)).value() == 1);
}

BOOST_AUTO_TEST_CASE(race_S25_4_4_3_A7_3_T2)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto p = settle::race(std::move(first.promise), std::move(second.promise));
    second.resolver.reject(errc::timed_out);
    first.resolver.resolve(1);
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(race_reject_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context).then([&] { made.resolver.reject(errc::timed_out); }).detach();
    BOOST_TEST((end_of_race(std::move(made.promise)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(race_reject_immed)
{
    auto end = end_of_race(following([](const auto& r) { r.reject(errc::timed_out); }));
    BOOST_TEST((end.error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(race_reject_ignored_deferred)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            first.resolver.resolve(1);
            second.resolver.reject(errc::timed_out);
        })
        .detach();
    auto end = end_of_race(std::move(first.promise), std::move(second.promise));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(race_reject_from_same_thenable)
{
    auto end = end_of_race(following([](const auto& r) {
        r.reject(errc::timed_out);
        r.reject(errc::cleanup_failed);
    }));
    BOOST_TEST((end.error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(race_resolve_from_same_thenable)
{
    auto end = end_of_race(following([](const auto& r) {
        r.resolve(1);
        r.resolve(2);
    }));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(race_resolve_non_obj)
{
    BOOST_TEST(end_of_race(fulfilled(23)).value() == 23);
}

BOOST_AUTO_TEST_CASE(race_resolve_poisoned_then)
{
    auto end = end_of_race(following([](const auto&) { throw support::operation_error(); }));
    BOOST_TEST(support::holds<support::operation_error>(end.error().exception()));
}

BOOST_AUTO_TEST_CASE(race_resolve_thenable)
{
    BOOST_TEST(end_of_race(following([](const auto& r) { r.resolve(4); })).value() == 4);
}

BOOST_AUTO_TEST_CASE(race_resolved_then_catch_finally)
{
    // In statements of their own: arguments may be evaluated in any order.
    auto first = fulfilled(1).then([](int i) { return i + 10; });
    auto second = rejected(errc::timed_out).catch_([](const settle::reason&) { return 12; });
    auto third = fulfilled(3).finally([] {});
    auto end = end_of_race(std::move(first), std::move(second), std::move(third));
    BOOST_TEST(end.value() == 11);
}

BOOST_AUTO_TEST_CASE(race_resolved_sequence_mixed)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    const auto q = rejected(errc::timed_out).share();
    settle::race(p, q).then([&](int) { order += '5'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    q.then([](int) {}, [&](const settle::reason&) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "12345");
}

BOOST_AUTO_TEST_CASE(race_resolved_sequence_with_rejections)
{
    std::string order = "1";
    const auto p = rejected(errc::timed_out).share();
    settle::race(p).then([](int) {}, [&](const settle::reason&) { order += '4'; }).detach();
    p.then([](int) {}, [&](const settle::reason&) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(race_resolved_sequence)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::race(context, std::vector{p}).then([&](int) { order += '4'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(race_resolved_sequence_extra_ticks)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::race(context, std::vector{p}).then([&](int) { order += '5'; }).detach();
    p.then([&](int) { order += '3'; })
        .then([&] { order += '6'; })
        .then([&] { order += '7'; })
        .detach();
    p.then([&](int) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234567");
}

BOOST_AUTO_TEST_CASE(race_iter_next_val_err_reject)
{
    auto p = settle::race(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                       if (i == 1)
                                           throw support::operation_error();
                                       return fulfilled(i);
                                   }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(race_iter_step_err_reject)
{
    auto p = settle::race(context, std::views::iota(0, 3) | std::views::filter([](int i) {
                                       if (i == 1)
                                           throw support::operation_error();
                                       return true;
                                   }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(race_resolve_non_thenable)
{
    auto end = end_of_race(fulfilled(3));
    BOOST_TEST(end.value() == 3);
}

BOOST_AUTO_TEST_CASE(race_resolve_ignores_late_rejection)
{
    auto end = end_of_race(following([](const auto& r) {
        r.resolve(1);
        r.reject(errc::timed_out);
    }));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(race_resolve_ignores_late_rejection_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            made.resolver.resolve(1);
            made.resolver.reject(errc::timed_out);
        })
        .detach();
    auto end = end_of_race(std::move(made.promise));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_CASE(race_reject_ignored_immed)
{
    auto end = end_of_race(following([](const auto& r) {
                               r.resolve(1);
                               BOOST_TEST(!r.reject(errc::timed_out));
                           }),
                           fulfilled(1));
    BOOST_TEST(end.value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
