// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Cleanups whose operation is destroyed before it completes: each is reported once, where it was
// attached, unless no operation was started.

#include <settle/finally.hpp>

#include "support/abandonment.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <future>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::next_line;

namespace {

struct fixture : support::abandonment {
    support::manual_operation<void(error_code, int)> operation{context->get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(abandoned_cleanup, fixture, *label("B2") * label("U5"))

BOOST_AUTO_TEST_CASE(operation_that_completes_abandons_nothing, *label("F10"))
{
    operation.async_run(finally(synchronous(), handler()));
    operation.complete({}, 1);
    operation.async_run(finally(infallible(), handler()));
    operation.complete(asio::error::operation_aborted, 1);
    operation.async_run(finally(asynchronous(), handler()));
    operation.complete({}, 1);
    context->run();
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(completions == 3);
    BOOST_TEST(newly_abandoned() == 0u);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(operation_dropped_uncompleted_is_reported_once)
{
    const auto first = next_line();
    operation.async_run(finally(synchronous(), handler()));
    operation.drop();
    check({first});
    const auto second = next_line();
    operation.async_run(finally(infallible(), handler()));
    operation.drop();
    const auto third = next_line();
    operation.async_run(finally(asynchronous(), handler()));
    operation.drop();
    check({first, second, third});
}

BOOST_AUTO_TEST_CASE(each_attachment_of_one_place_is_reported, *label("F10"))
{
    const auto guarded = [this] { return finally(synchronous(), handler()); };
    const auto line = guarded().where().line();
    for (int i = 0; i < 3; ++i) {
        operation.async_run(guarded());
        operation.drop();
    }
    check({line, line, line});
}

BOOST_AUTO_TEST_CASE(each_of_nested_cleanups_is_reported_with_its_line, *label("F16"))
{
    const auto outer = next_line();
    auto inside = finally(synchronous(), handler());
    const auto inner = next_line();
    operation.async_run(finally(asynchronous(), std::move(inside)));
    operation.drop();
    check({outer, inner});

    const auto first = next_line();
    auto one = operation.async_run(asio::deferred) | finally(synchronous());
    const auto second = next_line();
    auto two = std::move(one) | finally(infallible());
    std::move(two)(handler());
    operation.drop();
    check({outer, inner, first, second});
}

BOOST_AUTO_TEST_CASE(empty_cleanup_is_not_reported, *label("F3"))
{
    const auto drop = [&](auto cleanup) {
        operation.async_run(finally(cleanup, handler()));
        operation.drop();
    };
    drop(nullptr);
    drop(std::function<void()>());
    drop(static_cast<void (*)() noexcept>(nullptr));
    drop(static_cast<void (*)()>(nullptr));
    using deferred_post = decltype(asio::post(*context, asio::deferred));
    drop(std::function<deferred_post()>());
    check({});
}

BOOST_AUTO_TEST_CASE(future_of_a_dropped_operation_is_broken)
{
    const auto line = next_line();
    auto future = operation.async_run(finally(synchronous(), asio::use_future));
    operation.drop();
    BOOST_CHECK_THROW(future.get(), std::future_error);
    check({line});
}

BOOST_AUTO_TEST_CASE(asynchronous_cleanup_dropped_after_its_start_is_reported_once)
{
    support::manual_operation<void(error_code)> tidying(context->get_executor());
    for (const auto ec : {error_code(), error_code(asio::error::eof)}) {
        operation.async_run(finally(asynchronous(tidying), handler()));
        operation.complete(ec, 1);
        context->restart();
        context->poll();
        BOOST_TEST(tidying.waits());
        tidying.drop();
        context->poll();
        BOOST_TEST(context->stopped());
    }
    const auto reported = reports.all(settle::report_kind::abandoned_cleanup);
    BOOST_REQUIRE(reported.size() == 2u);
    const auto line = reported[0].where.line();
    check({line, line}, 2);
}

BOOST_AUTO_TEST_CASE(inner_cleanup_dropped_after_its_start_takes_the_outer_with_it, *label("F16"))
{
    support::manual_operation<void(error_code)> tidying(context->get_executor());
    const auto outer = next_line();
    auto inside = finally(synchronous(), handler());
    const auto inner = next_line();
    operation.async_run(finally(asynchronous(tidying), std::move(inside)));
    operation.complete({}, 1);
    context->poll();
    tidying.drop();
    check({outer, inner}, 1);
}

BOOST_AUTO_TEST_CASE(context_that_dies_abandons_what_it_waits_for, *label("B1"))
{
    auto timer = endless_timer();
    auto& waits = *timer;
    const auto first = next_line();
    waits.async_wait(finally(synchronous(), asio::consign(handler(), timer)));
    const auto second = next_line();
    waits.async_wait(finally(asynchronous(), asio::consign(handler(), std::move(timer))));
    context->poll();
    context.reset();
    check({first, second});
}

BOOST_AUTO_TEST_CASE(context_that_dies_abandons_what_is_queued, *label("B1"))
{
    const auto first = next_line();
    asio::post(*context, finally(synchronous(), handler()));
    const auto second = next_line();
    asio::post(*context, finally(asynchronous(), asio::bind_executor(*context, handler())));
    context.reset();
    check({first, second});
}

BOOST_AUTO_TEST_CASE(context_that_dies_abandons_the_cleanup_that_runs, *label("B1"))
{
    auto cleanup = [this, timer = endless_timer(), token = alive] {
        ++cleanups;
        return timer->async_wait(asio::deferred);
    };
    const auto line = next_line();
    asio::post(*context, finally(std::move(cleanup), handler()));
    context->poll();
    context.reset();
    check({line}, 1);
}

BOOST_AUTO_TEST_SUITE_END()
