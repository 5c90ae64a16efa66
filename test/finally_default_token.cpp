// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() as the default token of an I/O object, without a token of its own, and before deferred.

#include <settle/finally.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/values.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <tuple>
#include <type_traits>
#include <utility>

#if __has_include(<boost/asio/default_completion_token.hpp>)
#include <boost/asio/default_completion_token.hpp>
#endif

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;

namespace {

/// Cleanups that can be made from nothing.
struct counts {
    static inline int cleanups = 0;
    void operator()() const { ++cleanups; }
};

struct counts_and_fails {
    void operator()() const
    {
        ++counts::cleanups;
        throw cleanup_error();
    }
};

struct fixture {
    fixture() { counts::cleanups = 0; }

    asio::io_context context;
    support::report_collector reports;
    int completions = 0;

    auto body_ended()
    {
        return [this](std::exception_ptr e) {
            ++completions;
            BOOST_TEST(!e);
        };
    }

    void run()
    {
        context.run();
        context.restart();
    }

    template <class Token>
    auto ends(error_code ec, int value, Token&& token)
    {
        return async_script<void(error_code, int)>(
            context, [=](auto& h) { std::move(h)(ec, value); }, std::forward<Token>(token));
    }
};

constexpr auto at_once = std::chrono::steady_clock::time_point::min();
const error_code aborted = asio::error::operation_aborted;

} // namespace

BOOST_FIXTURE_TEST_SUITE(default_token, fixture, *label("S8"))

BOOST_AUTO_TEST_CASE(finally_is_the_default_token_of_a_rebound_object)
{
    using guarded = settle::finally_t<counts, asio::use_awaitable_t<>>;
    guarded::as_default_on_t<asio::steady_timer> timer(context, at_once);
    auto same = guarded::as_default_on(asio::steady_timer(context, at_once));
    static_assert(std::is_same_v<decltype(same), decltype(timer)>);
    const auto body = [&]() -> asio::awaitable<void> {
        co_await timer.async_wait();
        BOOST_TEST(counts::cleanups == 1);
        co_await same.async_wait();
        BOOST_TEST(counts::cleanups == 2);
    };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(value_makes_itself_the_default, *label("F3"))
{
    auto timer =
        finally(counts(), asio::use_awaitable).as_default_on(asio::steady_timer(context, at_once));
    const auto body = [&]() -> asio::awaitable<void> { co_await timer.async_wait(); };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(counts::cleanups == 1);
}

BOOST_AUTO_TEST_CASE(default_cleanup_that_fails_throws_its_own_type, *label("S6"))
{
    using guarded = settle::finally_t<counts_and_fails, asio::use_awaitable_t<>>;
    guarded::as_default_on_t<asio::steady_timer> timer(context, at_once);
    const auto body = [&]() -> asio::awaitable<void> {
        BOOST_CHECK_THROW(co_await timer.async_wait(), cleanup_error);
    };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(as_tuple_inside_the_default_gets_the_code, *label("S2"))
{
    using guarded = settle::finally_t<counts_and_fails, asio::as_tuple_t<asio::use_awaitable_t<>>>;
    guarded::as_default_on_t<asio::steady_timer> timer(context, at_once);
    const auto body = [&]() -> asio::awaitable<void> {
        const auto [ec] = co_await timer.async_wait();
        BOOST_TEST((ec == settle::errc::cleanup_threw));
    };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);
}

BOOST_AUTO_TEST_CASE(as_tuple_around_the_default_leaves_the_exception, *label("S4"))
{
    using good = asio::as_tuple_t<settle::finally_t<counts, asio::use_awaitable_t<>>>;
    using bad = asio::as_tuple_t<settle::finally_t<counts_and_fails, asio::use_awaitable_t<>>>;
    good::as_default_on_t<asio::steady_timer> timer(context, at_once);
    bad::as_default_on_t<asio::steady_timer> other(context, at_once);
    const auto body = [&]() -> asio::awaitable<void> {
        const auto [ec] = co_await timer.async_wait();
        BOOST_TEST(!ec);
        BOOST_CHECK_THROW(co_await other.async_wait(), cleanup_error);
    };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(counts::cleanups == 2);
}

#if __has_include(<boost/asio/default_completion_token.hpp>)

BOOST_AUTO_TEST_CASE(finally_of_one_argument_adapts_the_objects_default_token, *label("S6"))
{
    auto timer = asio::use_awaitable.as_default_on(asio::steady_timer(context, at_once));
    const auto good = finally(counts());
    auto bad = finally(counts_and_fails());
    const auto body = [&]() -> asio::awaitable<void> {
        co_await timer.async_wait(good);
        co_await timer.async_wait(good);
        BOOST_TEST(counts::cleanups == 2);
        BOOST_CHECK_THROW(co_await timer.async_wait(bad), cleanup_error);
        BOOST_CHECK_THROW(co_await timer.async_wait(bad), cleanup_error);
        BOOST_CHECK_THROW(co_await timer.async_wait(std::move(bad)), cleanup_error);
        BOOST_TEST(counts::cleanups == 5);
    };
    asio::co_spawn(context, body, body_ended());
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(reports.count() == 0u);
}

// Since Boost 1.86 every object has a default token: deferred.
BOOST_AUTO_TEST_CASE(finally_of_one_argument_gives_a_deferred_operation_by_default)
{
    asio::steady_timer timer(context, at_once);
    auto guarded = timer.async_wait(finally(counts()));
    static_assert(asio::is_async_operation<decltype(guarded)>::value);
    BOOST_TEST(counts::cleanups == 0);
    std::move(guarded)([&](error_code ec) {
        ++completions;
        BOOST_TEST(!ec);
        BOOST_TEST(counts::cleanups == 1);
    });
    run();
    BOOST_TEST(completions == 1);
    // An initiation without an executor has one too.
    auto partial = finally(counts());
    auto bare = asio::async_initiate<decltype(partial)&, void(error_code)>(
        [](auto&& handler) { std::move(handler)(error_code()); }, partial);
    std::move(bare)([&](error_code) { ++completions; });
    BOOST_TEST(completions == 2);
    BOOST_TEST(counts::cleanups == 2);
}

#endif

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(deferred_before_finally, fixture, *label("S8"))

// Asio has an operator| of its own for deferred operations, which would decide at once.
BOOST_AUTO_TEST_CASE(last_token_decides_whatever_was_piped, *label("S6"))
{
    auto changeable = finally(counts_and_fails());
    const auto constant = finally(counts_and_fails());
    auto stored = ends({}, 5, asio::deferred);
    const auto constant_operation = ends({}, 5, asio::deferred);
    const auto check = [&](auto operation) {
        auto future = std::as_const(operation)(asio::use_future);
        run();
        BOOST_CHECK_THROW(future.get(), cleanup_error);
        BOOST_TEST(reports.count() == 0u);
    };
    check(ends({}, 5, asio::deferred) | changeable);
    check(ends({}, 5, asio::deferred) | constant);
    check(ends({}, 5, asio::deferred) | finally(counts_and_fails()));
    check(stored | changeable);
    check(stored | constant);
    check(stored | finally(counts_and_fails()));
    check(constant_operation | changeable);
    check(constant_operation | constant);
    check(std::move(stored) | std::move(changeable));
    BOOST_TEST(counts::cleanups == 9);
}

BOOST_AUTO_TEST_CASE(piped_operation_can_be_given_to_asios_own_pipe)
{
    int seen = 0;
    auto operation = (ends({}, 5, asio::deferred) | finally(counts())) | finally(counts());
    auto chained = std::move(operation)(asio::deferred) | asio::deferred([](error_code, int value) {
                       return asio::deferred.values(value + 1);
                   });
    std::move(chained)([&](int value) { seen = value; });
    run();
    BOOST_TEST(seen == 6);
    BOOST_TEST(counts::cleanups == 2);
}

BOOST_AUTO_TEST_CASE(deferred_behind_finally_is_started_again_as_an_lvalue, *label("F10"))
{
    auto guarded = ends(aborted, 5, finally(counts(), asio::deferred));
    const auto handler = [&](error_code ec, int value) {
        ++completions;
        BOOST_TEST((ec == aborted));
        BOOST_TEST(value == 5);
    };
    guarded(handler);
    guarded(handler);
    std::as_const(guarded)(handler);
    std::move(guarded)(handler);
    run();
    BOOST_TEST(completions == 4);
    BOOST_TEST(counts::cleanups == 4);
}

BOOST_AUTO_TEST_CASE(deferred_behind_finally_decided_when_it_was_made, *label("S2"))
{
    auto guarded = ends({}, 5, finally(counts_and_fails(), asio::deferred));
    std::move(guarded)([&](error_code ec, int) {
        ++completions;
        BOOST_TEST((ec == settle::errc::cleanup_threw));
    });
    run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
