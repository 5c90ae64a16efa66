// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// all_settled: each one's outcome.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::outcome;
using support::end_of;

} // namespace

BOOST_AUTO_TEST_CASE(outcomes_come_in_the_order_of_the_arguments, *label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto a = settle::with_resolvers<std::unique_ptr<int>>(context);
    auto b = settle::with_resolvers<void>(context);
    auto c = settle::with_resolvers<std::string>(context);
    auto all =
        settle::all_settled(std::move(a.promise), std::move(b.promise), std::move(c.promise));
    static_assert(
        std::is_same_v<decltype(all)::value_type, std::tuple<outcome<std::unique_ptr<int>>,
                                                             outcome<void>, outcome<std::string>>>);
    c.resolver.reject(asio::error::eof);
    b.resolver.resolve();
    a.resolver.resolve(std::make_unique<int>(1));
    const auto [first, second, third] = end_of(context, std::move(all)).value();
    BOOST_TEST(**first == 1);
    BOOST_TEST(second.has_value());
    BOOST_TEST((third.error().code() == asio::error::eof));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(waits_for_the_last, *label("P10"))
{
    asio::io_context context;
    auto last = settle::with_resolvers<int>(context);
    bool ran = false;
    settle::all_settled(settle::rejected<int>(context, errc::timed_out), std::move(last.promise))
        .then([&](const outcome<int>&, const outcome<int>&) { ran = true; })
        .detach();
    context.run();
    BOOST_TEST(!ran);
    last.resolver.resolve(1);
    context.restart();
    context.run();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(reasons_keep_what_they_displaced, *label("P10") * label("F9"))
{
    asio::io_context context;
    settle::reason why(errc::cleanup_failed);
    why.suppress(asio::error::eof);
    auto all = settle::all_settled(settle::rejected<int>(context, std::move(why)));
    const auto [only] = end_of(context, std::move(all)).value();
    BOOST_REQUIRE(only.error().suppressed().size() == 1U);
    BOOST_TEST((only.error().suppressed()[0].code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(shared_promises_keep_their_outcome, *label("P10"))
{
    asio::io_context context;
    settle::reason why(std::make_exception_ptr(support::operation_error()));
    const auto exception = why.exception();
    const auto failed = settle::rejected<int>(context, std::move(why)).share();
    const auto fine = settle::resolved(context, std::string("fine")).share();
    auto all = settle::all_settled(failed, fine);
    const auto [first, second] = end_of(context, std::move(all)).value();
    BOOST_TEST((first.error().exception() == exception));
    BOOST_TEST(*second == "fine");
    auto again = end_of(context, settle::all_settled(failed, fine)).value();
    BOOST_TEST((std::get<0>(again).error().exception() == exception));
    BOOST_TEST(*std::get<1>(again) == "fine");
}

BOOST_AUTO_TEST_CASE(of_a_range_gives_a_vector, *label("P10"))
{
    asio::io_context context;
    std::vector<settle::promise<void>> promises;
    promises.push_back(settle::resolved(context));
    promises.push_back(settle::rejected<void>(context, errc::timed_out));
    auto all = settle::all_settled(context, std::move(promises));
    static_assert(std::is_same_v<decltype(all)::value_type, std::vector<outcome<void>>>);
    const auto outcomes = end_of(context, std::move(all)).value();
    BOOST_REQUIRE(outcomes.size() == 2U);
    BOOST_TEST(outcomes[0].has_value());
    BOOST_TEST((outcomes[1].error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(settled_of_nothing_is_fulfilled, *label("P10"))
{
    asio::io_context context;
    BOOST_TEST(end_of(context, settle::all_settled(context)).has_value());
    auto none = settle::all_settled(context, std::vector<settle::promise<int>>());
    BOOST_TEST(end_of(context, std::move(none)).value().empty());
}
