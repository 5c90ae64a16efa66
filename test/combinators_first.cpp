// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// any and race: the first that counts.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

template <class T>
using value_of = typename T::value_type;

settle::aggregate_error aggregate_of(const settle::reason& why)
{
    try {
        why.rethrow();
    } catch (const settle::aggregate_error& e) {
        return e;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(any_passes_over_rejections, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto any = settle::any(settle::rejected<int>(context, errc::timed_out),
                           settle::resolved(context, 2), settle::resolved(context, 3));
    static_assert(std::is_same_v<value_of<decltype(any)>, int>);
    BOOST_TEST(end_of(context, std::move(any)).value() == 2);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(any_of_rejections_has_all_reasons_in_order, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<void>(context);
    settle::reason displacing(errc::cleanup_failed);
    displacing.suppress(asio::error::eof);
    auto any = settle::any(std::move(first.promise), std::move(second.promise),
                           settle::rejected<int>(context, std::move(displacing)));
    second.resolver.reject(errc::timed_out);
    context.run();
    first.resolver.reject(support::operation_error());
    const auto error = aggregate_of(end_of(context, std::move(any)).error());
    BOOST_REQUIRE(error.reasons().size() == 3U);
    BOOST_TEST(support::holds<support::operation_error>(error.reasons()[0].exception()));
    BOOST_TEST((error.reasons()[1].code() == errc::timed_out));
    BOOST_TEST((error.reasons()[2].code() == errc::cleanup_failed));
    BOOST_TEST(error.reasons()[2].suppressed().size() == 1U);
    BOOST_TEST(std::string_view(error.what()) ==
               "all of 3 promises were rejected, the first: operation_error");
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(copies_of_an_aggregate_error_are_equal, *label("P10"))
{
    const settle::aggregate_error original({errc::timed_out});
    auto copy = original;
    BOOST_TEST(copy.reasons().size() == 1U);
    BOOST_TEST(std::string_view(copy.what()) == "the only promise was rejected: the deadline "
                                                "passed");
    static_assert(std::is_nothrow_copy_constructible_v<settle::aggregate_error>);
    static_assert(std::is_base_of_v<std::exception, settle::aggregate_error>);
}

BOOST_AUTO_TEST_CASE(any_of_an_empty_range_has_no_reasons, *label("P10"))
{
    asio::io_context context;
    auto any = settle::any(context, std::vector<settle::promise<int>>());
    const auto error = aggregate_of(end_of(context, std::move(any)).error());
    BOOST_TEST(error.reasons().empty());
    BOOST_TEST(std::string_view(error.what()) == "no promise was fulfilled: there was none");
}

BOOST_AUTO_TEST_CASE(race_takes_the_first_fulfilled, *label("P10"))
{
    asio::io_context context;
    auto first = settle::with_resolvers<int>(context);
    auto second = settle::with_resolvers<int>(context);
    auto race = settle::race(std::move(first.promise), std::move(second.promise));
    second.resolver.resolve(2);
    first.resolver.resolve(1);
    BOOST_TEST(end_of(context, std::move(race)).value() == 2);
}

BOOST_AUTO_TEST_CASE(race_takes_the_first_rejected, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto race =
        settle::race(settle::rejected<int>(context, errc::timed_out), settle::resolved(context, 2),
                     settle::rejected<int>(context, asio::error::eof));
    BOOST_TEST((end_of(context, std::move(race)).error().code() == errc::timed_out));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(race_of_an_empty_range_is_a_broken_promise, *label("P10"))
{
    asio::io_context context;
    auto race = settle::race(context, std::vector<settle::promise<int>>());
    BOOST_TEST((end_of(context, std::move(race)).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(one_type_stays_one_type, *label("P10"))
{
    asio::io_context context;
    auto nothing = settle::race(settle::resolved(context), settle::resolved(context));
    static_assert(std::is_void_v<value_of<decltype(nothing)>>);
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
    auto either = settle::any(settle::resolved(context, std::variant<int, char>('c')));
    static_assert(std::is_same_v<value_of<decltype(either)>, std::variant<int, char>>);
    BOOST_TEST(std::get<char>(end_of(context, std::move(either)).value()) == 'c');
    auto same = settle::any(settle::resolved(context), settle::resolved(context, std::monostate()));
    static_assert(std::is_same_v<value_of<decltype(same)>, std::monostate>);
    BOOST_TEST(end_of(context, std::move(same)).has_value());
}

BOOST_AUTO_TEST_CASE(different_types_give_a_variant_without_duplicates, *label("P10"))
{
    asio::io_context context;
    auto pending = settle::with_resolvers<int>(context);
    auto race = settle::race(std::move(pending.promise), settle::resolved(context),
                             settle::resolved(context, 3),
                             settle::resolved(context, std::make_unique<int>(4)));
    using expected = std::variant<int, std::monostate, std::unique_ptr<int>>;
    static_assert(std::is_same_v<value_of<decltype(race)>, expected>);
    BOOST_TEST(end_of(context, std::move(race)).value().index() == 1U);

    auto any = settle::any(settle::rejected<std::string>(context, errc::timed_out),
                           settle::resolved(context, 3));
    BOOST_TEST(std::get<int>(end_of(context, std::move(any)).value()) == 3);
}

BOOST_AUTO_TEST_CASE(losers_run_on, *label("P10"))
{
    asio::io_context context;
    int ended = 0;
    auto slow = settle::with_resolvers<int>(context);
    auto watched = std::move(slow.promise).finally([&] { ++ended; });
    auto race = settle::race(std::move(watched), settle::resolved(context, 1));
    BOOST_TEST(end_of(context, std::move(race)).value() == 1);
    BOOST_TEST(ended == 0);
    BOOST_TEST(slow.resolver.resolve(2));
    context.restart();
    context.run();
    BOOST_TEST(ended == 1);
}

BOOST_AUTO_TEST_CASE(values_of_the_losers_are_destroyed, *label("P10"))
{
    asio::io_context context;
    const auto value = std::make_shared<int>(1);
    auto pending = settle::with_resolvers<std::shared_ptr<int>>(context);
    auto race = settle::race(settle::resolved(context, nullptr).then([&](std::nullptr_t) {
        return std::shared_ptr<int>();
    }),
                             std::move(pending.promise));
    BOOST_TEST(!end_of(context, std::move(race)).value());
    {
        const auto last = std::move(pending.resolver);
        last.resolve(value);
    }
    context.restart();
    context.run();
    BOOST_TEST(value.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(first_of_shared_promises_is_copied, *label("P10"))
{
    asio::io_context context;
    const auto shared = settle::resolved(context, std::string("s")).share();
    BOOST_TEST(end_of(context, settle::race(shared, shared)).value() == "s");
    std::vector<settle::shared_promise<std::string, asio::io_context::executor_type>> several(
        3, shared);
    BOOST_TEST(end_of(context, settle::any(context, several)).value() == "s");
    BOOST_TEST(end_of(context, settle::any(context, std::move(several))).value() == "s");
}
