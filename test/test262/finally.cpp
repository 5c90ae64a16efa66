// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/prototype/finally, and what they leave out. Each
// case is named after its file there; doc/test262.md lists all.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/values.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

} // namespace

BOOST_AUTO_TEST_CASE(finally_invokes_then_with_function, *label("F3") * label("F10"))
{
    asio::io_context context;
    int calls = 0;
    auto p = settle::resolved(context, 1);
    auto q = std::move(p).finally([&] { ++calls; });
    static_assert(std::is_same_v<decltype(q), decltype(p)>);
    BOOST_TEST(calls == 0);
    BOOST_TEST(end_of(context, std::move(q)).value() == 1);
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(finally_invokes_then_with_non_function, *label("F3") * label("F4"))
{
    asio::io_context context;
    auto fulfilled = settle::resolved(context, 1).finally(std::function<void()>());
    BOOST_TEST(end_of(context, std::move(fulfilled)).value() == 1);
    auto rejected =
        settle::rejected<int>(context, asio::error::eof).finally(std::function<void()>());
    BOOST_TEST((end_of(context, std::move(rejected)).error().code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(finally_rejected_observable_then_calls, *label("F7") * label("F4"))
{
    asio::io_context context;
    std::string order;
    auto q = settle::rejected<int>(context, asio::error::eof).finally([&] {
        order += "cleanup ";
        return settle::resolved(context).then([&] { order += "awaited "; });
    });
    const auto end = end_of(context, std::move(q).catch_([&](const settle::reason& why) {
        order += why.code() == asio::error::eof ? "reason" : "other";
        return 0;
    }));
    BOOST_TEST(end.has_value());
    BOOST_TEST(order == "cleanup awaited reason");
}

BOOST_AUTO_TEST_CASE(finally_resolved_observable_then_calls, *label("F7") * label("F3"))
{
    asio::io_context context;
    std::string order;
    auto q = settle::resolved(context, 1).finally([&] {
        order += "cleanup ";
        return settle::resolved(context).then([&] { order += "awaited "; });
    });
    BOOST_TEST(
        end_of(context, std::move(q).then([&](int i) { order += std::to_string(i); })).has_value());
    BOOST_TEST(order == "cleanup awaited 1");
}

BOOST_AUTO_TEST_CASE(finally_rejection_reason_no_fulfill, *label("F2") * label("F4") * label("F7"))
{
    asio::io_context context;
    auto value = settle::rejected<int>(context, asio::error::eof).finally([] { return 5; });
    BOOST_TEST((end_of(context, std::move(value)).error().code() == asio::error::eof));
    auto promise = settle::rejected<int>(context, asio::error::eof).finally([&] {
        return settle::resolved(context, 5);
    });
    BOOST_TEST((end_of(context, std::move(promise)).error().code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(finally_rejection_reason_override_with_throw, *label("F5") * label("F9"))
{
    asio::io_context context;
    auto q = settle::rejected<int>(context, asio::error::eof).finally([] {
        throw support::cleanup_error();
    });
    const auto end = end_of(context, std::move(q)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(end.exception()));
    BOOST_REQUIRE(end.suppressed().size() == 1U);
    BOOST_TEST((end.suppressed()[0].code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(finally_resolution_value_no_override, *label("F2") * label("F3") * label("F7"))
{
    asio::io_context context;
    auto value = settle::resolved(context, 1).finally([] { return 5; });
    BOOST_TEST(end_of(context, std::move(value)).value() == 1);
    auto promise =
        settle::resolved(context, 1).finally([&] { return settle::resolved(context, 5); });
    BOOST_TEST(end_of(context, std::move(promise)).value() == 1);
}

// What test262 leaves out.

BOOST_AUTO_TEST_CASE(finally_fulfilled_and_a_synchronous_throw, *label("F5"))
{
    asio::io_context context;
    auto q = settle::resolved(context, 1).finally([] { throw support::cleanup_error(); });
    const auto end = end_of(context, std::move(q)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(end.exception()));
    BOOST_TEST(end.suppressed().empty());
}

BOOST_AUTO_TEST_CASE(finally_fulfilled_and_a_rejecting_cleanup, *label("F6"))
{
    asio::io_context context;
    auto q = settle::resolved(context, 1).finally([&] {
        return settle::rejected<void>(context, errc::timed_out);
    });
    BOOST_TEST((end_of(context, std::move(q)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(finally_rejected_and_a_rejecting_cleanup, *label("F6") * label("F9"))
{
    asio::io_context context;
    auto q = settle::rejected<int>(context, asio::error::eof).finally([&] {
        return settle::rejected<void>(context, errc::timed_out);
    });
    const auto end = end_of(context, std::move(q)).error();
    BOOST_TEST((end.code() == errc::timed_out));
    BOOST_REQUIRE(end.suppressed().size() == 1U);
    BOOST_TEST((end.suppressed()[0].code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(finally_rejected_and_a_cleanup_that_rejects_later, *label("F6") * label("F9"))
{
    asio::io_context context;
    auto made = settle::with_resolvers<void>(context);
    auto q = settle::rejected<int>(context, asio::error::eof).finally([&] {
        return std::move(made.promise);
    });
    context.poll(); // run() would wait for the cleanup
    made.resolver.reject(errc::timed_out);
    const auto end = end_of(context, std::move(q)).error();
    BOOST_TEST((end.code() == errc::timed_out));
    BOOST_TEST(end.suppressed().size() == 1U);
}
