// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/Promise/try and withResolvers. Each case is named after its
// file there; doc/test262.md lists all.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/values.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

} // namespace

BOOST_AUTO_TEST_CASE(try_args, *label("P4"))
{
    asio::io_context context;
    auto p = settle::attempt(
        context, std::bind_front([](auto... args) { return std::tuple(args...); }, 1, 'a', true));
    BOOST_TEST((end_of(context, std::move(p)).value() == std::tuple(1, 'a', true)));
}

BOOST_AUTO_TEST_CASE(try_promise, *label("P4"))
{
    asio::io_context context;
    auto p = settle::attempt(context, [] {});
    static_assert(
        std::is_same_v<decltype(p), settle::promise<void, asio::io_context::executor_type>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(try_return_value, *label("P4"))
{
    asio::io_context context;
    auto value = settle::attempt(context, [] { return 3; });
    BOOST_TEST(end_of(context, std::move(value)).value() == 3);
    auto promise = settle::attempt(context, [&] { return settle::resolved(context, 4); });
    BOOST_TEST(end_of(context, std::move(promise)).value() == 4);
}

BOOST_AUTO_TEST_CASE(try_throws, *label("P4"))
{
    asio::io_context context;
    auto p = settle::attempt(context, []() -> int { throw support::operation_error(); });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(withResolvers_promise, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    static_assert(
        std::is_same_v<decltype(p), settle::promise<int, asio::io_context::executor_type>>);
    r.resolve(1);
    BOOST_TEST(end_of(context, std::move(p)).value() == 1);
}

BOOST_AUTO_TEST_CASE(withResolvers_resolvers, *label("P1"))
{
    asio::io_context context;
    auto first = settle::with_resolvers<int>(context);
    BOOST_TEST(first.resolver.resolve(1));
    BOOST_TEST(!first.resolver.reject(errc::timed_out));
    BOOST_TEST(end_of(context, std::move(first.promise)).value() == 1);
    auto second = settle::with_resolvers<int>(context);
    BOOST_TEST(second.resolver.reject(errc::timed_out));
    BOOST_TEST(!second.resolver.resolve(1));
    BOOST_TEST((end_of(context, std::move(second.promise)).error().code() == errc::timed_out));
}
