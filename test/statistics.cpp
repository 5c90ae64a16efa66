// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What stats() counts. The counters are the process's, so each case looks at what is added.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/report.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::cleanup_error;

namespace {

struct fixture {
    asio::io_context context;
    support::manual_operation<void(error_code)> operation{context.get_executor()};
    support::report_collector reports;
    settle::statistics before = settle::stats();

    static constexpr auto succeeds = [] {};
    static constexpr auto fails = [] { throw cleanup_error(); };
    static constexpr auto ignores = [](auto&&...) {};

    auto succeeds_later()
    {
        return [this] { return asio::post(context, asio::deferred); };
    }

    static auto fails_later()
    {
        return []() -> asio::awaitable<void> {
            throw cleanup_error();
            co_return;
        };
    }

    template <class Token>
    void ends(error_code ec, Token&& token)
    {
        operation.async_run(std::forward<Token>(token));
        operation.complete(ec);
        run();
    }

    void run()
    {
        context.restart();
        context.run();
    }

    /// What has been counted since the last call.
    void added(std::uint64_t failed, std::uint64_t abandoned, std::uint64_t displaced,
               std::uint64_t unhandled)
    {
        const auto now = settle::stats();
        BOOST_TEST(now.cleanups_failed - before.cleanups_failed == failed);
        BOOST_TEST(now.cleanups_abandoned - before.cleanups_abandoned == abandoned);
        BOOST_TEST(now.reasons_displaced - before.reasons_displaced == displaced);
        BOOST_TEST(now.rejections_unhandled - before.rejections_unhandled == unhandled);
        before = now;
    }
};

const error_code eof = asio::error::eof;

} // namespace

BOOST_FIXTURE_TEST_SUITE(statistics, fixture, *label("U6"))

BOOST_AUTO_TEST_CASE(nothing_is_counted_where_nothing_goes_wrong)
{
    ends({}, finally(succeeds, ignores));
    ends(eof, finally(succeeds_later(), ignores));
    settle::resolved(context).finally(succeeds).detach();
    run();
    added(0, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_of_a_token_is_counted, *label("F5"))
{
    ends({}, finally(fails, ignores));
    added(1, 0, 0, 0);
    ends({}, finally(fails_later(), ignores));
    added(1, 0, 0, 0);
    // Nested, each counts.
    ends({}, finally(fails, finally(fails, ignores)));
    added(2, 0, 1, 0);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_of_a_coroutine_is_counted, *label("F5"))
{
    auto body = []() -> asio::awaitable<void> { co_return; };
    asio::co_spawn(context, body() | finally(fails), ignores);
    asio::co_spawn(context, body() | finally(fails_later()), ignores);
    run();
    added(2, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_of_a_promise_is_counted, *label("F5"))
{
    const auto handled = [](const settle::reason&) {};
    settle::resolved(context).finally(fails).catch_(handled).detach();
    run();
    added(1, 0, 0, 0);
    settle::resolved(context).finally(fails_later()).detach();
    run();
    added(1, 0, 0, 1);
}

BOOST_AUTO_TEST_CASE(displaced_reason_is_counted, *label("U4") * label("F9"))
{
    ends(eof, finally(fails, ignores));
    added(1, 0, 1, 0);
    ends(eof, finally(fails_later(), ignores));
    added(1, 0, 1, 0);
    // Two are displaced by the last.
    ends(eof, finally(fails, finally(fails, ignores)));
    added(2, 0, 2, 0);
}

BOOST_AUTO_TEST_CASE(abandoned_cleanup_is_counted, *label("U5") * label("B2"))
{
    for (int i = 0; i < 3; ++i) {
        operation.async_run(finally(succeeds, ignores));
        operation.drop();
    }
    added(0, 3, 0, 0);
    operation.async_run(finally(succeeds_later(), finally(fails, ignores)));
    operation.drop();
    added(0, 2, 0, 0);
}

BOOST_AUTO_TEST_CASE(unhandled_rejection_is_counted_once, *label("U1") * label("U2"))
{
    settle::rejected<void>(context, eof).detach();
    run();
    added(0, 0, 0, 1);
    settle::rejected<void>(context, eof).finally(succeeds).finally(succeeds_later()).detach();
    run();
    added(0, 0, 0, 1);
    settle::rejected<void>(context, eof).catch_([](const settle::reason&) {}).detach();
    run();
    added(0, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(counters_do_not_depend_on_the_handler, *label("U3"))
{
    const auto collects = settle::set_report_handler([](const settle::report&) { throw 1; });
    operation.async_run(finally(succeeds, ignores));
    operation.drop();
    settle::set_report_handler(collects);
    added(0, 1, 0, 0);
}

BOOST_AUTO_TEST_CASE(threads_count_together)
{
    constexpr int each = 100;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([] {
            asio::io_context own;
            for (int n = 0; n < each; ++n)
                asio::post(own, finally(fails, ignores));
            own.run();
            for (int n = 0; n < each; ++n)
                asio::post(own, finally(succeeds, ignores));
        });
    }
    for (auto& thread : threads)
        thread.join();
    added(4 * each, 4 * each, 0, 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(promises_are_counted_as_long_as_they_live, fixture, *label("U6"))
{
    {
        auto [p, r] = settle::with_resolvers<int>(context);
        auto next = std::move(p).then([](int i) { return i; });
        BOOST_TEST(settle::stats().promises_made - before.promises_made == 2u);
        BOOST_TEST(settle::stats().promises_live - before.promises_live == 2u);
        r.resolve(1);
        context.run();
        BOOST_TEST(settle::stats().promises_live - before.promises_live == 2u); // two handles
    }
    BOOST_TEST(settle::stats().promises_live == before.promises_live);
    BOOST_TEST(settle::stats().promises_made - before.promises_made == 2u);
}

BOOST_FIXTURE_TEST_CASE(cleanups_of_promises_are_pending_and_then_run, fixture, *label("U6"))
{
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p)
        .finally([] {})
        .finally([this] { return asio::post(context, asio::deferred); })
        .finally(static_cast<void (*)()>(nullptr))
        .detach();
    BOOST_TEST(settle::stats().cleanups_pending - before.cleanups_pending == 2u);
    BOOST_TEST(settle::stats().cleanups_run == before.cleanups_run);
    r.resolve(1);
    context.run();
    BOOST_TEST(settle::stats().cleanups_pending == before.cleanups_pending);
    BOOST_TEST(settle::stats().cleanups_run - before.cleanups_run == 2u);
}

BOOST_AUTO_TEST_CASE(cleanup_that_is_dropped_is_no_longer_pending, *label("U6") * label("U5"))
{
    support::report_collector reports;
    const auto before = settle::stats();
    {
        asio::io_context context;
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p).finally([] {}).detach();
        BOOST_TEST(settle::stats().cleanups_pending - before.cleanups_pending == 1u);
    }
    BOOST_TEST(settle::stats().cleanups_pending == before.cleanups_pending);
    BOOST_TEST(settle::stats().cleanups_run == before.cleanups_run);
    BOOST_TEST(settle::stats().cleanups_abandoned - before.cleanups_abandoned == 1u);
}

BOOST_AUTO_TEST_CASE(what_ended_threads_have_counted_is_kept, *label("U6"))
{
    const auto before = settle::stats();
    for (int i = 0; i < 3; ++i) {
        std::thread([] {
            asio::io_context context;
            settle::resolved(context, 1).detach();
            context.run();
        }).join();
    }
    BOOST_TEST(settle::stats().promises_made - before.promises_made == 3u);
    BOOST_TEST(settle::stats().promises_live == before.promises_live);
}
