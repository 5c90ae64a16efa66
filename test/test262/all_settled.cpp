// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/allSettled. Each case is named after its file
// there; doc/test262.md lists all.

#include <settle/combinators.hpp>

#include "support/combinator_fixture.hpp"
#include "support/end_of.hpp"
#include "support/thenable.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
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

struct all_settled_fixture : support::combinator_fixture {
    template <class... Promises>
    auto end_of_all_settled(Promises... promises)
    {
        return end_of(context, settle::all_settled(context, range_of(std::move(promises)...)));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(test262_all_settled, all_settled_fixture, *label("P10"))

BOOST_AUTO_TEST_CASE(allSettled_returns_promise)
{
    auto p = settle::all_settled(context, range_of());
    static_assert(std::is_same_v<decltype(p), settle::promise<std::vector<settle::outcome<int>>,
                                                              asio::io_context::executor_type>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(allSettled_resolves_empty_array)
{
    BOOST_TEST(end_of_all_settled().value().empty());
}

BOOST_AUTO_TEST_CASE(allSettled_resolves_to_array)
{
    BOOST_TEST(end_of_all_settled(fulfilled(1)).value().size() == 1U);
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_immed)
{
    std::string order = "1";
    settle::all_settled(context, range_of()).then([&](const auto&) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "123");
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_all_fulfilled)
{
    const auto all = end_of_all_settled(fulfilled(1), fulfilled(2), fulfilled(3)).value();
    BOOST_REQUIRE(all.size() == 3U);
    for (std::size_t i = 0; i < 3; ++i)
        BOOST_TEST(*all[i] == static_cast<int>(i) + 1);
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_all_mixed)
{
    const auto all = end_of_all_settled(rejected(errc::timed_out), fulfilled(2),
                                        rejected(errc::cleanup_failed), fulfilled(4))
                         .value();
    BOOST_REQUIRE(all.size() == 4U);
    BOOST_TEST((all[0].error().code() == errc::timed_out));
    BOOST_TEST(*all[1] == 2);
    BOOST_TEST((all[2].error().code() == errc::cleanup_failed));
    BOOST_TEST(*all[3] == 4);
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_all_rejected)
{
    const auto all =
        end_of_all_settled(rejected(errc::timed_out), rejected(errc::cleanup_failed)).value();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST((all[0].error().code() == errc::timed_out));
    BOOST_TEST((all[1].error().code() == errc::cleanup_failed));
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_then_catch_finally)
{
    const auto all = end_of_all_settled(
                         fulfilled(1).then([](int i) { return i + 10; }),
                         rejected(errc::timed_out).catch_([](const settle::reason&) { return 12; }),
                         fulfilled(3).finally([] { return 13; }))
                         .value();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(*all[0] == 11);
    BOOST_TEST(*all[1] == 12);
    BOOST_TEST(*all[2] == 3);
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_sequence_mixed)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    const auto q = rejected(errc::timed_out).share();
    settle::all_settled(p, q).then([&](const auto&, const auto&) { order += '5'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    q.then([](int) {}, [&](const settle::reason&) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "12345");
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_sequence_with_rejections)
{
    std::string order = "1";
    const auto p = rejected(errc::timed_out).share();
    settle::all_settled(p).then([&](const auto&) { order += '4'; }).detach();
    p.then([](int) {}, [&](const settle::reason&) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(allSettled_call_resolve_element)
{
    auto end = end_of_all_settled(following([](const auto& r) {
        r.resolve(1);
        BOOST_TEST(!r.resolve(2));
    }));
    BOOST_TEST(*end.value()[0] == 1);
}

BOOST_AUTO_TEST_CASE(allSettled_call_resolve_element_after_return)
{
    auto made = settle::with_resolvers<int>(context);
    made.resolver.resolve(1);
    auto end = end_of_all_settled(std::move(made.promise));
    BOOST_TEST(!made.resolver.reject(errc::timed_out));
    BOOST_TEST(*end.value()[0] == 1);
}

BOOST_AUTO_TEST_CASE(allSettled_call_resolve_element_items)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    for (const int again : {0, 10}) {
        first.resolver.resolve(1 + again);
        second.resolver.resolve(2 + again);
    }
    auto end = end_of_all_settled(std::move(first.promise), std::move(second.promise));
    BOOST_TEST(*end.value()[0] == 1);
    BOOST_TEST(*end.value()[1] == 2);
}

BOOST_AUTO_TEST_CASE(allSettled_reject_element_function_multiple_calls)
{
    auto end = end_of_all_settled(following([](const auto& r) {
        r.reject(errc::timed_out);
        BOOST_TEST(!r.reject(errc::cleanup_failed));
    }));
    BOOST_TEST((end.value()[0].error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(allSettled_reject_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context).then([&] { made.resolver.reject(errc::timed_out); }).detach();
    auto end = end_of_all_settled(std::move(made.promise));
    BOOST_TEST((end.value()[0].error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(allSettled_reject_immed)
{
    auto end = end_of_all_settled(following([](const auto& r) { r.reject(errc::timed_out); }));
    BOOST_TEST((end.value()[0].error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(allSettled_reject_ignored_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            made.resolver.reject(errc::timed_out);
            made.resolver.resolve(1);
        })
        .detach();
    auto end = end_of_all_settled(std::move(made.promise), fulfilled(2));
    BOOST_TEST((end.value()[0].error().code() == errc::timed_out));
    BOOST_TEST(*end.value()[1] == 2);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_before_loop_exit)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto p =
        settle::all_settled(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                         if (i == 0)
                                             return std::move(first.promise);
                                         if (i == 1)
                                             return std::move(second.promise);
                                         first.resolver.resolve(7);
                                         second.resolver.reject(errc::timed_out);
                                         context.poll();
                                         return fulfilled(i);
                                     }));
    const auto all = end_of(context, std::move(p)).value();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(*all[0] == 7);
    BOOST_TEST((all[1].error().code() == errc::timed_out));
    BOOST_TEST(*all[2] == 2);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_before_loop_exit_from_same)
{
    auto first = settle::with_resolvers<int>(context);
    auto p =
        settle::all_settled(context, std::views::iota(0, 2) | std::views::transform([&](int i) {
                                         if (i == 0)
                                             return std::move(first.promise);
                                         first.resolver.resolve(7);
                                         first.resolver.reject(errc::timed_out);
                                         return fulfilled(i);
                                     }));
    const auto all = end_of(context, std::move(p)).value();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(*all[0] == 7);
    BOOST_TEST(*all[1] == 1);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_from_same_thenable)
{
    const auto twice = [&] {
        return following([](const auto& r) {
            r.resolve(1);
            r.reject(errc::timed_out);
        });
    };
    auto pending = settle::with_resolvers<int>(context);
    bool ended = false;
    settle::all_settled(twice(), std::move(pending.promise), twice())
        .then([&](const auto&, const auto&, const auto&) { ended = true; })
        .detach();
    context.run();
    BOOST_TEST(!ended);
    pending.resolver.resolve(3);
    context.restart();
    context.run();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_poisoned_then)
{
    auto end = end_of_all_settled(following([](const auto&) { throw support::operation_error(); }));
    BOOST_TEST(support::holds<support::operation_error>(end.value()[0].error().exception()));
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_thenable)
{
    auto end = end_of_all_settled(following([](const auto& r) { r.resolve(4); }));
    BOOST_TEST(*end.value()[0] == 4);
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_sequence)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::all_settled(context, std::vector{p}).then([&](const auto&) { order += '4'; }).detach();
    p.then([&](int) { order += '3'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234");
}

BOOST_AUTO_TEST_CASE(allSettled_resolved_sequence_extra_ticks)
{
    std::string order = "1";
    const auto p = fulfilled(1).share();
    settle::all_settled(context, std::vector{p}).then([&](const auto&) { order += '5'; }).detach();
    p.then([&](int) { order += '3'; })
        .then([&] { order += '6'; })
        .then([&] { order += '7'; })
        .detach();
    p.then([&](int) { order += '4'; }).detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "1234567");
}

BOOST_AUTO_TEST_CASE(allSettled_iter_arg_is_poisoned)
{
    // begin() throws.
    auto p = settle::all_settled(context,
                                 std::views::iota(0, 2) | std::views::filter([](int) -> bool {
                                     throw support::operation_error();
                                 }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(allSettled_iter_next_err_reject)
{
    auto p = settle::all_settled(context,
                                 std::views::iota(0, 1) | std::views::transform([](int) -> promise {
                                     throw support::operation_error();
                                 }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(allSettled_iter_next_val_err_reject)
{
    auto p =
        settle::all_settled(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                         if (i == 1)
                                             throw support::operation_error();
                                         return fulfilled(i);
                                     }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(allSettled_iter_step_err_reject)
{
    auto p = settle::all_settled(context,
                                 std::views::iota(0, 3) | std::views::filter([](int i) {
                                     if (i == 1)
                                         throw support::operation_error();
                                     return true;
                                 }) | std::views::transform([&](int i) { return fulfilled(i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_non_thenable)
{
    auto end = end_of_all_settled(fulfilled(3));
    BOOST_TEST(*end.value()[0] == 3);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_ignores_late_rejection)
{
    auto end = end_of_all_settled(following([](const auto& r) {
        r.resolve(1);
        r.reject(errc::timed_out);
    }));
    BOOST_TEST(*end.value()[0] == 1);
}

BOOST_AUTO_TEST_CASE(allSettled_resolve_ignores_late_rejection_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    settle::resolved(context)
        .then([&] {
            made.resolver.resolve(1);
            made.resolver.reject(errc::timed_out);
        })
        .detach();
    auto end = end_of_all_settled(std::move(made.promise));
    BOOST_TEST(*end.value()[0] == 1);
}

BOOST_AUTO_TEST_CASE(allSettled_reject_ignored_immed)
{
    auto end = end_of_all_settled(following([](const auto& r) {
                                      r.resolve(1);
                                      BOOST_TEST(!r.reject(errc::timed_out));
                                  }),
                                  fulfilled(1));
    BOOST_TEST(*end.value()[0] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
