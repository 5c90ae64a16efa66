// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// How stats() counts the asynchronous cleanups of completion tokens and coroutines: pending from
// the operation's start to the cleanup's end, and in the end either run or dropped. The counters
// are the process's, so each case looks at what is added.

#include <settle/finally.hpp>
#include <settle/report.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::cleanup_error;

namespace {

using deferred_operation =
    decltype(std::declval<support::manual_operation<void(error_code)>&>().async_run(
        asio::deferred));

/// An operation whose initiation throws.
auto async_refused()
{
    return asio::async_initiate<const asio::deferred_t, void(error_code)>(
        [](auto&&) { throw cleanup_error(); }, asio::deferred);
}

struct fixture {
    std::optional<asio::io_context> context{std::in_place};
    support::manual_operation<void(error_code)> operation{context->get_executor()};
    support::manual_operation<void(error_code)> cleaning{context->get_executor()};
    support::report_collector reports;
    settle::statistics before = settle::stats();

    static constexpr auto ignores = [](auto&&...) {};

    auto cleans()
    {
        return [this] { return cleaning.async_run(asio::deferred); };
    }

    void poll()
    {
        context->restart();
        context->poll();
    }

    void operation_ends(error_code ec = {})
    {
        operation.complete(ec);
        poll();
    }

    void cleaning_ends(error_code ec = {})
    {
        cleaning.complete(ec);
        poll();
    }

    /// What there is more than when the case began.
    void counted(std::uint64_t pending, std::uint64_t run, std::uint64_t failed = 0,
                 std::uint64_t abandoned = 0) const
    {
        const auto now = settle::stats();
        BOOST_TEST(now.cleanups_pending - before.cleanups_pending == pending);
        BOOST_TEST(now.cleanups_run - before.cleanups_run == run);
        BOOST_TEST(now.cleanups_failed - before.cleanups_failed == failed);
        BOOST_TEST(now.cleanups_abandoned - before.cleanups_abandoned == abandoned);
    }
};

const error_code eof = asio::error::eof;

} // namespace

BOOST_FIXTURE_TEST_SUITE(statistics_cleanups, fixture, *label("U6"))

BOOST_AUTO_TEST_CASE(cleanup_is_pending_until_it_has_ended)
{
    int called = 0;
    operation.async_run(finally(cleans(), [&](error_code) {
        ++called;
        counted(0, 1);
    }));
    counted(1, 0);
    operation_ends();
    counted(1, 0);
    cleaning_ends();
    counted(0, 1);
    BOOST_TEST(called == 1);
}

BOOST_AUTO_TEST_CASE(cleanup_after_a_failure_is_counted_as_well)
{
    operation.async_run(finally(cleans(), ignores));
    operation_ends(eof);
    counted(1, 0);
    cleaning_ends();
    counted(0, 1);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_has_run, *label("F6"))
{
    operation.async_run(finally(cleans(), ignores));
    operation_ends();
    cleaning_ends(eof);
    counted(0, 1, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_that_throws_when_it_is_called_has_run, *label("F5"))
{
    operation.async_run(finally([]() -> deferred_operation { throw cleanup_error(); }, ignores));
    counted(1, 0);
    operation_ends();
    counted(0, 1, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_whose_own_start_throws_has_run, *label("F12"))
{
    operation.async_run(finally([] { return async_refused(); }, ignores));
    counted(1, 0);
    operation_ends();
    counted(0, 1, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_dropped_operation_is_no_longer_pending,
                     *label("U5") * label("B2"))
{
    operation.async_run(finally(cleans(), ignores));
    operation.drop();
    counted(0, 0, 0, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_dropped_in_flight_is_no_longer_pending, *label("U5") * label("B2"))
{
    operation.async_run(finally(cleans(), ignores));
    operation_ends();
    counted(1, 0);
    cleaning.drop();
    counted(0, 0, 0, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_in_the_queue_of_a_dying_context_is_no_longer_pending,
                     *label("U5") * label("B2"))
{
    asio::io_context other;
    support::manual_operation<void(error_code)> elsewhere(other.get_executor());
    operation.async_run(finally([&] { return elsewhere.async_run(asio::deferred); }, ignores));
    operation_ends();
    elsewhere.complete({}); // is queued
    counted(1, 0);
    context.reset();
    counted(0, 0, 0, 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_counted_where_the_operation_cannot_start, *label("F17"))
{
    auto refused = async_refused();
    auto token = finally(cleans(), asio::bind_executor(context->get_executor(), ignores));
    BOOST_CHECK_THROW(std::move(refused)(std::move(token)), cleanup_error);
    counted(0, 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_counted_before_the_operation_starts)
{
    auto cleaned = operation.async_run(asio::deferred) | finally(cleans());
    counted(0, 0);
    std::move(cleaned)(ignores);
    counted(1, 0);
    operation_ends();
    cleaning_ends();
    counted(0, 1);
}

BOOST_AUTO_TEST_CASE(empty_cleanup_is_not_counted, *label("F3"))
{
    const std::function<deferred_operation()> none;
    operation.async_run(finally(none, ignores));
    counted(0, 0);
    operation_ends(eof);
    counted(0, 0);
    operation.async_run(finally(none, ignores));
    operation.drop();
    counted(0, 0);
}

BOOST_AUTO_TEST_CASE(cleanup_that_can_be_empty_and_is_not_is_counted_once)
{
    const std::function<deferred_operation()> some = cleans();
    operation.async_run(finally(some, ignores));
    counted(1, 0);
    operation_ends();
    cleaning_ends();
    counted(0, 1);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_count_once_each, *label("F16"))
{
    operation.async_run(finally(cleans(), finally(cleans(), ignores)));
    counted(2, 0);
    operation_ends();
    counted(2, 0);
    cleaning_ends();
    counted(1, 1);
    cleaning_ends(eof);
    counted(0, 2, 1);
}

BOOST_AUTO_TEST_CASE(synchronous_cleanup_of_a_token_is_not_counted)
{
    operation.async_run(finally([] {}, finally(cleans(), ignores)));
    counted(1, 0);
    operation_ends();
    cleaning_ends();
    counted(0, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_coroutine_is_pending_until_it_has_ended)
{
    auto body = [this]() -> asio::awaitable<void> {
        auto run = operation.async_run(asio::deferred);
        co_await std::move(run)(asio::use_awaitable);
    };
    asio::co_spawn(*context, body() | finally(cleans()), ignores);
    counted(0, 0); // it has not begun
    poll();
    counted(1, 0);
    operation_ends(eof);
    counted(1, 0);
    cleaning_ends(eof);
    counted(0, 1, 1);
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_coroutine_that_is_destroyed_is_no_longer_pending, *label("U5"))
{
    auto body = [this]() -> asio::awaitable<void> {
        auto run = operation.async_run(asio::deferred);
        co_await std::move(run)(asio::use_awaitable);
    };
    asio::co_spawn(*context, body() | finally(cleans()), ignores);
    poll();
    operation_ends();
    counted(1, 0);
    cleaning.drop();
    poll();
    counted(0, 0, 0, 1);
}

BOOST_AUTO_TEST_SUITE_END()
