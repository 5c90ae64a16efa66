// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/all. Each case is named after its file there;
// doc/test262.md lists all.

#include <settle/combinators.hpp>

#include "support/combinator_fixture.hpp"
#include "support/end_of.hpp"
#include "support/thenable.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <ranges>
#include <string>
#include <tuple>
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

struct all_fixture : support::combinator_fixture {
    template <class... Promises>
    settle::outcome<std::vector<int>> all_of(Promises... promises)
    {
        return end_of(context, settle::all(context, range_of(std::move(promises)...)));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(test262_all, all_fixture, *label("P10"))

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A2_1_T1)
{
    auto p = settle::all(context, std::vector<promise>());
    static_assert(
        std::is_same_v<decltype(p),
                       settle::promise<std::vector<int>, asio::io_context::executor_type>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A2_2_T1)
{
    std::string order = "1";
    settle::all(context, std::vector<promise>())
        .then([&](const std::vector<int>&) { order += '3'; })
        .detach();
    order += '2';
    context.run();
    BOOST_TEST(order == "123");
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A2_3_T1)
{
    auto p = settle::all(context, std::vector<promise>());
    static_assert(std::is_same_v<decltype(p)::value_type, std::vector<int>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A2_3_T2)
{
    BOOST_TEST(all_of().value().empty());
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A2_3_T3)
{
    std::vector<promise> given;
    auto p = settle::all(context, std::move(given));
    given.push_back(settle::resolved(context, 1)); // what was given does not matter any more
    BOOST_TEST(end_of(context, std::move(p)).value().empty());
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A3_1_T3)
{
    // begin() throws.
    auto p = settle::all(
        context, std::views::iota(0, 2) | std::views::filter([](int) -> bool {
                     throw support::operation_error();
                 }) | std::views::transform([&](int i) { return settle::resolved(context, i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A5_1_T1)
{
    auto p =
        settle::all(context, std::views::iota(0, 1) | std::views::transform([](int) -> promise {
                                 throw support::operation_error();
                             }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A7_1_T1)
{
    BOOST_TEST((all_of(settle::resolved(context, 3)).value() == std::vector{3}));
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A7_2_T1)
{
    auto made = settle::with_resolvers<int>(context);
    made.resolver.resolve(1);
    auto p = settle::all(std::move(made.promise));
    BOOST_TEST((end_of(context, std::move(p)).value() == std::tuple(1)));
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A8_1_T1)
{
    std::string order;
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    const auto a = std::move(first.promise).share();
    const auto b = std::move(second.promise).share();
    a.then([&](int) { order += '1'; }).detach();
    b.then([&](int) { order += '2'; }).detach();
    settle::all(a, b).then([&](int, int) { order += '3'; }).detach();
    second.resolver.resolve(2);
    first.resolver.resolve(1);
    context.run();
    BOOST_TEST(order == "213");
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A8_2_T1)
{
    auto second = settle::with_resolvers<int>(context);
    auto p =
        settle::all(settle::rejected<int>(context, errc::timed_out), std::move(second.promise));
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(all_S25_4_4_1_A8_2_T2)
{
    auto first = settle::with_resolvers<int>(context);
    auto p = settle::all(std::move(first.promise), settle::rejected<int>(context, errc::timed_out));
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(all_call_resolve_element)
{
    auto p = settle::resolved(context, thenable{[](const settle::resolver<int>& r) {
                                  r.resolve(1);
                                  BOOST_TEST(!r.resolve(2));
                              }});
    BOOST_TEST((all_of(std::move(p)).value() == std::vector{1}));
}

BOOST_AUTO_TEST_CASE(all_call_resolve_element_after_return)
{
    auto made = settle::with_resolvers<int>(context);
    made.resolver.resolve(1);
    BOOST_TEST((all_of(std::move(made.promise)).value() == std::vector{1}));
    BOOST_TEST(!made.resolver.resolve(2));
}

BOOST_AUTO_TEST_CASE(all_call_resolve_element_items)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    for (const int again : {0, 10}) {
        first.resolver.resolve(1 + again);
        second.resolver.resolve(2 + again);
    }
    BOOST_TEST(
        (all_of(std::move(first.promise), std::move(second.promise)).value() == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(all_iter_next_val_err_reject)
{
    auto p = settle::all(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                      if (i == 1)
                                          throw support::operation_error();
                                      return settle::resolved(context, i);
                                  }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(all_iter_step_err_reject)
{
    auto p = settle::all(
        context, std::views::iota(0, 3) | std::views::filter([](int i) {
                     if (i == 1)
                         throw support::operation_error();
                     return true;
                 }) | std::views::transform([&](int i) { return settle::resolved(context, i); }));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(all_reject_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    auto p = settle::all(std::move(made.promise));
    context.run();
    made.resolver.reject(errc::timed_out);
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(all_reject_immed)
{
    auto made = settle::with_resolvers<int>(context);
    made.resolver.reject(errc::timed_out);
    BOOST_TEST((all_of(std::move(made.promise)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(all_reject_ignored_deferred)
{
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto p = settle::all(std::move(first.promise), std::move(second.promise));
    context.run();
    first.resolver.reject(errc::timed_out);
    second.resolver.reject(asio::error::eof);
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(all_reject_ignored_immed)
{
    auto p = settle::resolved(context, thenable{[](const settle::resolver<int>& r) {
                                  r.resolve(1);
                                  BOOST_TEST(!r.reject(errc::timed_out));
                              }});
    BOOST_TEST((all_of(std::move(p)).value() == std::vector{1}));
}

BOOST_AUTO_TEST_CASE(all_resolve_before_loop_exit)
{
    // The first is decided, twice, while the range is still being walked.
    auto first = settle::with_resolvers<int>(context);
    auto p = settle::all(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                      if (i == 0)
                                          return std::move(first.promise);
                                      first.resolver.resolve(7);
                                      return settle::resolved(context, i);
                                  }));
    BOOST_TEST((end_of(context, std::move(p)).value() == std::vector{7, 1, 2}));
}

BOOST_AUTO_TEST_CASE(all_resolve_before_loop_exit_from_same)
{
    auto first = settle::with_resolvers<int>(context);
    auto p = settle::all(context, std::views::iota(0, 2) | std::views::transform([&](int i) {
                                      if (i == 0)
                                          return std::move(first.promise);
                                      first.resolver.resolve(7);
                                      first.resolver.resolve(8);
                                      context.poll();
                                      return settle::resolved(context, i);
                                  }));
    BOOST_TEST((end_of(context, std::move(p)).value() == std::vector{7, 1}));
}

BOOST_AUTO_TEST_CASE(all_resolve_from_same_thenable)
{
    const auto twice = [&] {
        return settle::resolved(context, thenable{[](const settle::resolver<int>& r) {
                                    r.resolve(1);
                                    r.resolve(2);
                                }});
    };
    auto pending = settle::with_resolvers<int>(context);
    bool ended = false;
    settle::all(twice(), std::move(pending.promise), twice())
        .then([&](int, int, int) { ended = true; })
        .detach();
    context.run();
    BOOST_TEST(!ended);
    pending.resolver.resolve(3);
    context.restart();
    context.run();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(all_resolve_ignores_late_rejection)
{
    auto p = settle::resolved(context, thenable{[](const settle::resolver<int>& r) {
                                  r.resolve(1);
                                  r.reject(errc::timed_out);
                              }});
    auto q = settle::resolved(context, 2);
    BOOST_TEST((all_of(std::move(p), std::move(q)).value() == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(all_resolve_ignores_late_rejection_deferred)
{
    auto made = settle::with_resolvers<int>(context);
    auto p = settle::all(std::move(made.promise));
    settle::resolved(context)
        .then([&] {
            made.resolver.resolve(1);
            made.resolver.reject(errc::timed_out);
        })
        .detach();
    BOOST_TEST((end_of(context, std::move(p)).value() == std::tuple(1)));
}

BOOST_AUTO_TEST_CASE(all_resolve_non_thenable)
{
    auto p = settle::all(settle::resolved(context, std::string("object")));
    BOOST_TEST((end_of(context, std::move(p)).value() == std::tuple("object")));
}

BOOST_AUTO_TEST_CASE(all_resolve_poisoned_then)
{
    auto p = settle::resolved(
        context, thenable{[](const settle::resolver<int>&) { throw support::operation_error(); }});
    BOOST_TEST(support::holds<support::operation_error>(all_of(std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(all_resolve_thenable)
{
    auto p =
        settle::resolved(context, thenable{[](const settle::resolver<int>& r) { r.resolve(4); }});
    BOOST_TEST((all_of(std::move(p)).value() == std::vector{4}));
}

BOOST_AUTO_TEST_SUITE_END()
