// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Ranges of every kind, and very long ones.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

constexpr int many = 100'000;

using promise = settle::promise<int, asio::io_context::executor_type>;
using resolver = settle::resolver<int, asio::io_context::executor_type>;

// So many pending promises.
struct crowd {
    explicit crowd(int size)
    {
        for (int i = 0; i < size; ++i) {
            auto made = settle::with_resolvers<int>(context);
            promises.push_back(std::move(made.promise));
            resolvers.push_back(std::move(made.resolver));
        }
    }

    asio::io_context context;
    std::vector<promise> promises;
    std::vector<resolver> resolvers;
};

} // namespace

BOOST_AUTO_TEST_CASE(values_of_a_range_come_in_its_order, *label("P10"))
{
    crowd c(3);
    auto all = settle::all(c.context, std::move(c.promises));
    static_assert(std::is_same_v<decltype(all)::value_type, std::vector<int>>);
    for (const std::size_t i : {2U, 0U, 1U})
        c.resolvers[i].resolve(static_cast<int>(i) + 1);
    BOOST_TEST((end_of(c.context, std::move(all)).value() == std::vector{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(range_of_void_gives_monostates, *label("P10"))
{
    asio::io_context context;
    std::vector<settle::promise<void>> promises;
    promises.push_back(settle::resolved(context));
    promises.push_back(settle::resolved(context));
    auto all = settle::all(context, std::move(promises));
    static_assert(std::is_same_v<decltype(all)::value_type, std::vector<std::monostate>>);
    BOOST_TEST(end_of(context, std::move(all)).value().size() == 2U);
}

BOOST_AUTO_TEST_CASE(empty_range_is_fulfilled_with_nothing, *label("P10"))
{
    asio::io_context context;
    auto all = settle::all(context, std::vector<promise>());
    BOOST_TEST(end_of(context, std::move(all)).value().empty());
}

BOOST_AUTO_TEST_CASE(range_of_move_only_values, *label("P10"))
{
    asio::io_context context;
    std::list<settle::promise<std::unique_ptr<int>>> promises;
    promises.push_back(settle::resolved(context, std::make_unique<int>(1)));
    promises.push_back(settle::resolved(context, std::make_unique<int>(2)));
    const auto values = end_of(context, settle::all(context, std::move(promises))).value();
    BOOST_REQUIRE(values.size() == 2U);
    BOOST_TEST(*values[0] == 1);
    BOOST_TEST(*values[1] == 2);
}

BOOST_AUTO_TEST_CASE(range_of_bool, *label("P10"))
{
    asio::io_context context;
    std::array promises{settle::resolved(context, true), settle::resolved(context, false)};
    auto all = settle::all(context, std::move(promises));
    BOOST_TEST((end_of(context, std::move(all)).value() == std::vector{true, false}));
}

BOOST_AUTO_TEST_CASE(view_that_makes_promises_is_walked_once, *label("P10"))
{
    asio::io_context context;
    int made = 0;
    auto all = settle::all(context, std::views::iota(1, 6) | std::views::filter([](int i) {
                                        return i % 2 == 1;
                                    }) | std::views::transform([&](int i) {
                                        ++made;
                                        return settle::resolved(context, i);
                                    }));
    BOOST_TEST((end_of(context, std::move(all)).value() == std::vector{1, 3, 5}));
    BOOST_TEST(made == 3);
}

BOOST_AUTO_TEST_CASE(promises_are_moved_out_of_a_container_by_move_iterators, *label("P10"))
{
    crowd c(2);
    auto all =
        settle::all(c.context, std::ranges::subrange(std::make_move_iterator(c.promises.begin()),
                                                     std::make_move_iterator(c.promises.end())));
    c.resolvers[0].resolve(1);
    c.resolvers[1].resolve(2);
    BOOST_TEST((end_of(c.context, std::move(all)).value() == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(range_of_shared_promises_is_left_as_it_is, *label("P10"))
{
    asio::io_context context;
    const std::vector shared{settle::resolved(context, 1).share(),
                             settle::resolved(context, 2).share()};
    BOOST_TEST((end_of(context, settle::all(context, shared)).value() == std::vector{1, 2}));
    BOOST_TEST((end_of(context, settle::all(context, shared)).value() == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(range_that_throws_rejects_the_result, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto all = settle::all(context, std::views::iota(0, 3) | std::views::transform([&](int i) {
                                        if (i == 2)
                                            throw support::operation_error();
                                        return settle::rejected<int>(context, errc::timed_out);
                                    }));
    const auto end = end_of(context, std::move(all));
    BOOST_TEST(support::holds<support::operation_error>(end.error().exception()));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(executor_of_a_range_is_the_one_given, *label("P10") * label("E1"))
{
    asio::io_context context;
    const auto strand = asio::make_strand(context);
    std::vector<settle::promise<int>> promises;
    promises.push_back(settle::resolved(context, 1));
    auto all = settle::all(strand, std::move(promises));
    bool inside = false;
    BOOST_TEST((all.get_executor() == strand));
    std::move(all)
        .then([&](const std::vector<int>&) { inside = strand.running_in_this_thread(); })
        .detach();
    context.run();
    BOOST_TEST(inside);
}

BOOST_AUTO_TEST_CASE(hundred_thousand_are_linear, *label("P10") * label("E2"))
{
    crowd c(many);
    auto all = settle::all(c.context, std::move(c.promises));
    for (int i = many; i-- > 0;)
        c.resolvers[static_cast<std::size_t>(i)].resolve(i);
    const auto values = end_of(c.context, std::move(all)).value();
    BOOST_REQUIRE(values.size() == static_cast<std::size_t>(many));
    for (int i = 0; i < many; ++i)
        BOOST_REQUIRE(values[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(each_input_takes_one_turn_of_the_queue, *label("P10") * label("E1"))
{
    crowd c(1000);
    auto all = settle::all(c.context, std::move(c.promises));
    for (auto& r : c.resolvers)
        r.resolve(1);
    // Few posts for many that are ready, and none for what they make ready themselves.
    const auto posts = c.context.poll();
    BOOST_TEST(posts <= 1000U / 16 + 2);
    BOOST_TEST(end_of(c.context, std::move(all)).value().size() == 1000U);
}

BOOST_AUTO_TEST_CASE(hundred_thousand_rejections_make_one_error, *label("P10") * label("E2"))
{
    crowd c(many);
    auto any = settle::any(c.context, std::move(c.promises));
    for (auto& r : c.resolvers)
        r.reject(errc::timed_out);
    const auto why = end_of(c.context, std::move(any)).error();
    BOOST_CHECK_EXCEPTION(why.rethrow(), settle::aggregate_error, [](const auto& e) {
        return e.reasons().size() == static_cast<std::size_t>(many);
    });
}

BOOST_AUTO_TEST_CASE(hundred_thousand_are_cancelled_without_recursion, *label("X5") * label("E2"))
{
    crowd c(many);
    int asked = 0;
    for (auto& r : c.resolvers)
        r.slot().assign([&](asio::cancellation_type) { ++asked; });
    auto all = settle::all(c.context, std::move(c.promises));
    all.cancel();
    c.context.run();
    BOOST_TEST(asked == many);
}

BOOST_AUTO_TEST_CASE(request_goes_up_a_hundred_thousand_combinations, *label("X5") * label("E2"))
{
    asio::io_context context;
    auto made = settle::with_resolvers<int>(context);
    auto other = settle::with_resolvers<int>(context);
    const auto shared = std::move(other.promise).share();
    int asked = 0;
    made.resolver.slot().assign([&](asio::cancellation_type) { ++asked; });
    auto p = std::move(made.promise);
    for (int i = 0; i < many; ++i)
        p = settle::race(std::move(p), shared);
    p.cancel();
    context.run();
    BOOST_TEST(asked == 1);
    made.resolver.resolve(1);
    BOOST_TEST(end_of(context, std::move(p)).value() == 1);
}
