// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Operations that end on another executor than the promise's which waits for them: the end comes
// home, wherever the two contexts are by then.

#include <settle/coroutine.hpp>
#include <settle/promise.hpp>
#include <settle/resolver.hpp>

#include "support/report_collector.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::error_code;

using value = std::unique_ptr<int>;
using promise = settle::promise<value>;

/// An operation of one hop to the handler's executor, which is that context's whoever waits.
auto async_make(asio::io_context& context, error_code ec)
{
    auto token = asio::bind_executor(context.get_executor(), asio::deferred);
    return asio::async_initiate<decltype(token), void(error_code, value)>(
        [](auto&& handler, error_code result) {
            const auto executor = asio::get_associated_executor(handler);
            asio::post(executor,
                       [own = std::forward<decltype(handler)>(handler), result]() mutable {
                           std::move(own)(result, std::make_unique<int>(1));
                       });
        },
        token, ec);
}

promise awaits(asio::any_io_executor, asio::io_context& other, error_code ec)
{
    auto operation = async_make(other, ec);
    co_return co_await std::move(operation);
}

enum class waiting { link, resolver, coroutine };

constexpr waiting ways[] = {waiting::link, waiting::resolver, waiting::coroutine};

/// A promise that waits for an operation which the other context is about to end.
struct two_contexts {
    explicit two_contexts(waiting how, error_code ec = {})
    {
        const asio::any_io_executor executor = home->get_executor();
        auto chain = [&]() -> promise {
            if (how == waiting::link)
                return settle::resolved(executor).then([&] { return async_make(*other, ec); });
            if (how == waiting::coroutine)
                return awaits(executor, *other, ec);
            auto [p, r] = settle::with_resolvers<value>(executor);
            r.resolve(async_make(*other, ec));
            return std::move(p);
        }();
        auto outcome = settle::as_outcome(std::move(chain));
        std::move(outcome)([this](settle::outcome<value> result) { end = std::move(result); });
        turn(home);
        BOOST_TEST(!end);
    }

    static void turn(std::optional<asio::io_context>& context)
    {
        context->restart();
        context->poll();
    }

    support::report_collector reports;
    std::optional<asio::io_context> home{std::in_place};
    std::optional<asio::io_context> other{std::in_place};
    std::optional<settle::outcome<value>> end;
};

} // namespace

BOOST_AUTO_TEST_SUITE(adoption_elsewhere)

BOOST_AUTO_TEST_CASE(values_come_home, *label("E1") * label("P4"))
{
    for (const auto how : ways) {
        two_contexts contexts(how);
        contexts.turn(contexts.other);
        BOOST_TEST(!contexts.end);
        contexts.turn(contexts.home);
        BOOST_TEST_REQUIRE(contexts.end.has_value());
        BOOST_TEST(*contexts.end->value() == 1);
    }
}

BOOST_AUTO_TEST_CASE(failures_come_home, *label("E1") * label("P4"))
{
    for (const auto how : ways) {
        two_contexts contexts(how, asio::error::eof);
        contexts.turn(contexts.other);
        contexts.turn(contexts.home);
        BOOST_TEST_REQUIRE(contexts.end.has_value());
        BOOST_TEST(contexts.end->error().code() == asio::error::eof);
    }
}

BOOST_AUTO_TEST_CASE(operation_whose_context_dies_breaks_the_promise, *label("B3"))
{
    for (const auto how : ways) {
        two_contexts contexts(how);
        contexts.other.reset();
        contexts.turn(contexts.home);
        BOOST_TEST_REQUIRE(contexts.end.has_value());
        BOOST_TEST((contexts.end->error().code() == errc::broken_promise));
    }
}

BOOST_AUTO_TEST_CASE(home_may_die_before_the_operation_ends, *label("B1") * label("B6"))
{
    for (const auto how : ways) {
        two_contexts contexts(how);
        contexts.home.reset();
        contexts.turn(contexts.other);
        BOOST_TEST(!contexts.end);
        BOOST_TEST(contexts.reports.count() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(home_may_die_with_the_end_in_its_queue, *label("B1") * label("B5"))
{
    for (const auto how : ways) {
        two_contexts contexts(how);
        contexts.turn(contexts.other);
        contexts.home.reset();
        BOOST_TEST(!contexts.end);
        BOOST_TEST(contexts.reports.count() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(both_may_die, *label("B1") * label("B5"))
{
    for (const auto how : ways) {
        for (const bool home_first : {false, true}) {
            two_contexts contexts(how);
            (home_first ? contexts.home : contexts.other).reset();
            (home_first ? contexts.other : contexts.home).reset();
            BOOST_TEST(!contexts.end);
            BOOST_TEST(contexts.reports.count() == 0u);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
