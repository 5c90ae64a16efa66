// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Promises that wait for themselves, at once or in a ring.

#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

using shared_int = settle::shared_promise<int>;

// As a thenable that gives the promise that waits for it.
struct alias {
    const std::optional<shared_int>* of;
};

// One that does so through another of its kind.
struct alias_of_alias {
    alias inner;
};

} // namespace

template <>
struct settle::adoption<alias> {
    using value_type = int;
    static bool adopt(alias&& a, settle::resolver<int> r)
    {
        r.resolve(a.of->value());
        return true;
    }
};

template <>
struct settle::adoption<alias_of_alias> {
    using value_type = int;
    static bool adopt(alias_of_alias&& a, settle::resolver<int> r)
    {
        r.resolve(std::move(a.inner));
        return true;
    }
};

BOOST_AUTO_TEST_CASE(self_resolution_is_seen_through_a_users_adoptable, *label("P5"))
{
    asio::io_context context;
    const auto rejects = [&](auto resolve_with) {
        std::optional<shared_int> own;
        auto [p, r] = settle::with_resolvers<int>(context);
        own.emplace(std::move(p).share());
        r.resolve(resolve_with(alias{&own}));
        const auto end = end_of(context, own->then([](int) {}));
        BOOST_REQUIRE(end.has_error());
        BOOST_TEST((end.error().code() == errc::self_resolution));
    };
    rejects([](alias a) { return a; });
    rejects([](alias a) { return alias_of_alias{a}; });

    std::optional<shared_int> own;
    own.emplace(settle::resolved(context).then([&] { return alias{&own}; }).share());
    BOOST_TEST((end_of(context, own->then([](int) {})).error().code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(handler_that_returns_its_own_promise_rejects, *label("P5") * label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    using promise = settle::promise<int, asio::io_context::executor_type>;
    {
        const auto own = std::make_shared<std::optional<promise>>();
        own->emplace(settle::resolved(context, 1).then([own](int) { return *std::move(*own); }));
    }
    context.run();
    // It was moved into the handler's result, so nobody else could see how it ended.
    const auto all = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_TEST_REQUIRE(all.size() == 1U);
    BOOST_TEST((all[0].why.code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(promises_that_wait_for_one_another_go_with_their_context, *label("B1"))
{
    // They stay pending for ever, as in JavaScript.
    support::report_collector reports;
    const auto captured = std::make_shared<int>(0);
    {
        asio::io_context context;
        auto [first, r] = settle::with_resolvers<int>(context);
        auto [second, q] = settle::with_resolvers<int>(context);
        BOOST_TEST(r.resolve(std::move(second)));
        BOOST_TEST(q.resolve(std::move(first)));
        auto [third, s] = settle::with_resolvers<int>(context);
        auto follows =
            std::move(third).then([captured](int i) { return i; }).finally([captured] {});
        BOOST_TEST(s.resolve(std::move(follows)));
        context.run();
        BOOST_TEST(captured.use_count() == 3);
    }
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 1U);
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(promise_resolved_with_itself_rejects, *label("P5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    BOOST_TEST(r.resolve(std::move(p)));
    BOOST_TEST(!r.resolve(1));
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(self_resolution_is_seen_through_an_executor_conversion, *label("P5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    settle::promise<int> converted = std::move(p);
    BOOST_TEST(r.resolve(std::move(converted)));
    BOOST_TEST((end_of(context, std::move(converted)).error().code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(self_resolution_that_nobody_can_see_is_reported, *label("P5") * label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    {
        auto [p, r] = settle::with_resolvers<int>(context);
        auto own = std::move(p);
        r.resolve(std::move(own));
    }
    context.run();
    const auto all = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_TEST_REQUIRE(all.size() == 1U);
    BOOST_TEST((all[0].why.code() == errc::self_resolution));
}
