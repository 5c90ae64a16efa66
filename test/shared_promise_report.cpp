// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Who is to observe the rejection of a shared promise.

#include <settle/shared_promise.hpp>

#include "support/report_collector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::report_kind;
using support::report_collector;

} // namespace

BOOST_AUTO_TEST_CASE(unobserved_rejection_is_reported_when_the_last_handle_goes, *label("U1"))
{
    report_collector reports;
    asio::io_context context;
    std::optional shared(settle::rejected<int>(context, asio::error::eof).share());
    std::optional other(*shared);
    shared.reset();
    context.run();
    BOOST_TEST(reports.count() == 0u);
    other.reset();
    BOOST_TEST(reports.count(report_kind::unhandled_rejection) == 1u);
}

BOOST_AUTO_TEST_CASE(unobserved_rejection_is_reported_when_it_comes, *label("U1"))
{
    report_collector reports;
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).share().detach();
    BOOST_TEST(reports.count() == 0u);
    r.reject(asio::error::eof);
    BOOST_TEST(reports.count(report_kind::unhandled_rejection) == 1u);
    context.run();
    BOOST_TEST(reports.count() == 1u);
}

BOOST_AUTO_TEST_CASE(each_link_takes_over_the_duty, *label("U1") * label("U2"))
{
    report_collector reports;
    asio::io_context context;
    {
        auto shared = settle::rejected<int>(context, asio::error::eof).share();
        shared.catch_([](const settle::reason&) { return 0; }).detach();
    }
    context.run();
    BOOST_TEST(reports.count() == 0u);
    {
        auto shared = settle::rejected<int>(context, asio::error::eof).share();
        shared.then([](int) {}).detach();
        shared.finally([] {}).detach();
        shared.catch_([](const settle::reason&) { return 0; }).detach();
    }
    context.restart();
    context.run();
    BOOST_TEST(reports.count(report_kind::unhandled_rejection) == 2u);
    BOOST_TEST(reports.count() == 2u);
}

BOOST_AUTO_TEST_CASE(displaced_reasons_are_reported_once_for_all_consumers,
                     *label("F9") * label("U4"))
{
    report_collector reports;
    asio::io_context context;
    auto shared = settle::rejected<int>(context, asio::error::eof)
                      .finally([&] { return settle::rejected<void>(context, asio::error::fault); })
                      .share();
    int caught = 0;
    for (int i = 0; i < 3; ++i) {
        shared
            .catch_([&](settle::error_code code) {
                BOOST_TEST((code == asio::error::fault));
                return ++caught;
            })
            .detach();
    }
    shared
        .catch_([&](const settle::reason& why) {
            BOOST_TEST(why.suppressed().size() == 1u);
            return ++caught;
        })
        .detach();
    context.run();
    BOOST_TEST(caught == 4);
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 1u);
    BOOST_TEST(reports.count() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_reported_when_the_context_dies, *label("B5"))
{
    report_collector reports;
    {
        std::optional<asio::io_context> context(std::in_place);
        auto [p, r] = settle::with_resolvers<int>(*context);
        auto shared = std::move(p).share();
        shared.then([](int) {}).detach();
        context.reset();
        r.reject(asio::error::eof);
    }
    BOOST_TEST(reports.count() == 0u);
}
