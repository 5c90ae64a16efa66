// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The order of continuations, and chains far longer than any stack.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

using promise = settle::promise<int, asio::io_context::executor_type>;

constexpr int links = 1'000'000;

// A chain whose links take turns: then, finally, catch_.
promise long_chain(promise p, int& ran)
{
    for (int i = 0; i < links; ++i) {
        switch (i % 3) {
        case 0:
            p = std::move(p).then([&ran](int n) {
                ++ran;
                return n + 1;
            });
            break;
        case 1:
            p = std::move(p).finally([&ran] { ++ran; });
            break;
        default:
            p = std::move(p).catch_([](const settle::reason&) { return 0; });
        }
    }
    return p;
}

} // namespace

BOOST_AUTO_TEST_CASE(continuations_run_in_the_order_of_their_settling, *label("E2"))
{
    asio::io_context context;
    std::string order;
    auto a = settle::with_resolvers<int>(context);
    auto b = settle::with_resolvers<int>(context);
    std::move(a.promise).then([&](int) { order += 'a'; }).then([&] { order += 'A'; }).detach();
    std::move(b.promise).then([&](int) { order += 'b'; }).then([&] { order += 'B'; }).detach();
    settle::resolved(context).then([&] { order += 'c'; }).then([&] { order += 'C'; }).detach();
    b.resolver.resolve(1);
    a.resolver.resolve(1);
    order += '|';
    context.run();
    BOOST_TEST(order == "|cbaCBA");
}

BOOST_AUTO_TEST_CASE(settling_inside_a_handler_does_not_recurse, *label("E2") * label("E1"))
{
    asio::io_context context;
    std::string order;
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).then([&](int) { order += "inner "; }).detach();
    settle::resolved(context)
        .then([&, decides = r] {
            order += "before ";
            decides.resolve(1);
            order += "after ";
        })
        .detach();
    context.run();
    BOOST_TEST(order == "before after inner ");
}

BOOST_AUTO_TEST_CASE(million_links_settle, *label("E2"))
{
    asio::io_context context;
    int ran = 0;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto last = long_chain(std::move(p), ran);
    r.resolve(0);
    BOOST_TEST(*end_of(context, std::move(last)) == (links + 2) / 3);
    BOOST_TEST(ran == (links + 2) / 3 + (links + 1) / 3);
}

BOOST_AUTO_TEST_CASE(million_links_are_destroyed_with_their_context, *label("E2") * label("B1"))
{
    support::report_collector reports;
    for (const bool settled : {false, true}) {
        int ran = 0;
        std::optional<promise> last;
        std::optional<settle::resolver<int, asio::io_context::executor_type>> kept;
        {
            asio::io_context context;
            auto [p, r] = settle::with_resolvers<int>(context);
            kept = r;
            last.emplace(long_chain(std::move(p), ran));
            if (settled)
                r.resolve(0);
        }
        last.reset();
        kept.reset();
        BOOST_TEST(ran == 0);
    }
    // Every third link is a cleanup, twice.
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 2U * (links / 3));
    BOOST_TEST(reports.count() == reports.count(settle::report_kind::abandoned_cleanup));
}

BOOST_AUTO_TEST_CASE(million_links_are_destroyed_half_way, *label("E2") * label("B1"))
{
    int ran = 0;
    {
        asio::io_context context;
        long_chain(settle::resolved(context, 0), ran).detach();
        for (int i = 0; i < links / 2; ++i)
            context.run_one();
    }
    BOOST_TEST(ran > 0);
    BOOST_TEST(ran < links);
}

BOOST_AUTO_TEST_CASE(million_pending_links_end_with_their_resolver, *label("E2") * label("P8"))
{
    support::report_collector reports;
    asio::io_context context;
    int ran = 0;
    auto made = settle::with_resolvers<int>(context);
    auto last = long_chain(std::move(made.promise), ran);
    {
        const auto gone = std::move(made.resolver);
    }
    BOOST_TEST(end_of(context, std::move(last)).has_value()); // some link caught it
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(rejection_passes_a_million_links, *label("E2") * label("P7"))
{
    asio::io_context context;
    auto p = settle::rejected<int>(context, asio::error::eof);
    for (int i = 0; i < links; ++i)
        p = std::move(p).then([](int n) { return n; });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST(why.holds_code());
    BOOST_TEST((why.code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(million_promises_adopt_one_another, *label("E2") * label("P4"))
{
    for (const bool runs : {true, false}) {
        asio::io_context context;
        auto first = settle::with_resolvers<int>(context);
        auto inner = std::move(first.promise);
        for (int i = 0; i < links; ++i) {
            auto [outer, r] = settle::with_resolvers<int>(context);
            r.resolve(std::move(inner));
            inner = std::move(outer);
        }
        first.resolver.resolve(7);
        if (runs)
            BOOST_TEST(*end_of(context, std::move(inner)) == 7);
        else
            std::move(inner).detach();
    }
}

BOOST_AUTO_TEST_CASE(handlers_that_own_one_another_are_destroyed_flat, *label("E2") * label("B1"))
{
    // Each handler owns the only resolver of the next promise.
    support::report_collector reports;
    {
        asio::io_context context;
        auto [first, start] = settle::with_resolvers<int>(context);
        auto p = std::move(first);
        for (int i = 0; i < links / 10; ++i) {
            auto next = settle::with_resolvers<int>(context);
            std::move(p).then([r = std::move(next.resolver)](int n) { r.resolve(n); }).detach();
            p = std::move(next.promise);
        }
        std::move(p).then([](int) {}).detach();
        start.resolve(1);
        context.run_one();
    }
    BOOST_TEST(reports.count() == 0U);
}
