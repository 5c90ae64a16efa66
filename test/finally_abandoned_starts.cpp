// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What becomes of a cleanup whose operation is not started, or destroyed as it starts.

#include <settle/finally.hpp>

#include "support/abandonment.hpp"
#include "support/values.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::next_line;
using support::operation_error;

namespace {

enum class mood { drops, throws, throws_with_handler };

/// An initiation that fails one way or another, after it has done something else.
class failing_initiation {
public:
    // That of manual_operation: a start cannot tell apart two cleanups attached at one place.
    using executor_type = asio::any_io_executor;

    failing_initiation(executor_type executor, mood how, std::function<void()> before)
        : executor_(std::move(executor))
        , how_(how)
        , before_(std::move(before))
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        before_();
        if (how_ == mood::throws)
            throw operation_error();
        const auto taken = std::forward<Handler>(handler);
        if (how_ == mood::throws_with_handler)
            throw operation_error();
    }

private:
    executor_type executor_;
    mood how_;
    std::function<void()> before_;
};

struct fixture : support::abandonment {
    support::manual_operation<void(error_code)> operation{context->get_executor()};

    template <class Token>
    auto fails_to_start(mood how, Token&& token, std::function<void()> before = [] {})
    {
        return asio::async_initiate<Token, void(error_code)>(
            failing_initiation(context->get_executor(), how, std::move(before)), token);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(start_that_fails, fixture, *label("B2") * label("U5"))

BOOST_AUTO_TEST_CASE(operation_that_replaces_another_of_the_same_place_is_not_taken_for_it)
{
    // Each start destroys the operation before it, within its own initiation.
    const auto guarded = [this] { return finally(synchronous(), handler()); };
    const auto line = guarded().where().line();
    operation.async_run(guarded());
    operation.async_run(guarded());
    BOOST_TEST(newly_abandoned() == 1u);
    operation.async_run(guarded());
    BOOST_TEST(newly_abandoned() == 2u);
    operation.complete({});
    context->run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    support::check_abandoned(reports.all(settle::report_kind::abandoned_cleanup), {line, line});
}

BOOST_AUTO_TEST_CASE(operation_dropped_by_another_ones_failing_start_is_reported, *label("F17"))
{
    // The second has the place and the context of the first; it throws, and has started nothing.
    const auto guarded = [this] { return finally(synchronous(), handler()); };
    const auto line = guarded().where().line();
    for (const auto how : {mood::throws, mood::throws_with_handler}) {
        operation.async_run(guarded());
        BOOST_CHECK_THROW(fails_to_start(how, guarded(), [&] { operation.drop(); }),
                          operation_error);
    }
    check({line, line});
}

BOOST_AUTO_TEST_CASE(operation_dropped_within_its_initiation_is_reported_once)
{
    const auto first = next_line();
    fails_to_start(mood::drops, finally(synchronous(), handler()));
    check({first});
    const auto second = next_line();
    fails_to_start(mood::drops, finally(asynchronous(), handler()));
    const auto third = next_line();
    fails_to_start(mood::drops, finally(infallible(), handler()));
    check({first, second, third});
}

BOOST_AUTO_TEST_CASE(initiation_that_throws_reaches_the_caller_and_reports_nothing, *label("F17"))
{
    for (const auto how : {mood::throws, mood::throws_with_handler}) {
        BOOST_CHECK_THROW(fails_to_start(how, finally(synchronous(), handler())), operation_error);
        BOOST_CHECK_THROW(fails_to_start(how, finally(infallible(), handler())), operation_error);
        BOOST_CHECK_THROW(fails_to_start(how, finally(asynchronous(), handler())), operation_error);
        BOOST_CHECK_THROW(
            fails_to_start(how, finally(synchronous(), finally(asynchronous(), handler()))),
            operation_error);
    }
    check({});
}

BOOST_AUTO_TEST_CASE(operation_never_started_is_not_reported, *label("F17"))
{
    {
        auto piped = operation.async_run(asio::deferred) | finally(synchronous());
        auto token = operation.async_run(finally(asynchronous(), asio::deferred));
        auto waiting = operation.async_run(finally(synchronous(), asio::use_awaitable));
        auto adapted = finally(synchronous(), handler());
        auto partial = finally(synchronous());
        static_cast<void>(piped);
        static_cast<void>(token);
        static_cast<void>(adapted);
        static_cast<void>(partial);
        BOOST_TEST(operation.starts() == 0);
    }
    check({});
}

BOOST_AUTO_TEST_CASE(nested_cleanups_dropped_within_the_initiation_are_reported_once_each,
                     *label("F16"))
{
    const auto outer = next_line();
    auto inside = finally(synchronous(), handler());
    const auto inner = next_line();
    fails_to_start(mood::drops, finally(asynchronous(), std::move(inside)));
    check({outer, inner});
}

BOOST_AUTO_TEST_CASE(operation_dropped_by_another_ones_start_is_reported_besides)
{
    const auto guarded = [this] { return finally(asynchronous(), handler()); };
    const auto line = guarded().where().line();
    operation.async_run(guarded());
    fails_to_start(mood::drops, guarded(), [&] { operation.drop(); });
    check({line, line});
}

BOOST_AUTO_TEST_SUITE_END()
