// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// operation | finally(cleanup), and finally(cleanup) as a value.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

struct fixture {
    asio::io_context context;
    support::manual_operation<void(error_code, int)> operation{context.get_executor()};
    support::report_collector reports;
    std::string order;
    error_code code;
    int value = 0;
    int completions = 0;

    auto handler()
    {
        return [this](error_code ec, int v) {
            ++completions;
            order += 'h';
            code = ec;
            value = v;
        };
    }

    auto notes(char name)
    {
        return [this, name] { order += name; };
    }

    // Waits for the loop before it notes its end.
    auto notes_later(char name)
    {
        return [this, name] {
            order += name;
            return asio::post(context, finally([this, name] { order += name; }, asio::deferred));
        };
    }

    void end(error_code ec = {})
    {
        operation.complete(ec, 5);
        context.poll();
        context.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(piped_operation, fixture)

BOOST_AUTO_TEST_CASE(pipe_gives_a_deferred_operation, *label("F3") * label("S2"))
{
    auto guarded = operation.async_run(asio::deferred) | finally(notes('a'));
    static_assert(asio::is_async_operation<decltype(guarded)>::value);
    static_assert(std::is_same_v<asio::completion_signature_of<decltype(guarded)>::type,
                                 void(error_code, int)>);
    BOOST_TEST(operation.starts() == 0);
    std::move(guarded)(handler());
    BOOST_TEST(operation.starts() == 1);
    end();
    BOOST_TEST(order == "ah");
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(operation_that_is_never_started_runs_no_cleanup, *label("F17") * label("B2"))
{
    {
        auto guarded = operation.async_run(asio::deferred) | finally(notes('a'));
        static_cast<void>(guarded);
    }
    BOOST_TEST(order.empty());
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_run_from_the_inside_out, *label("F16"))
{
    auto guarded = operation.async_run(asio::deferred) | finally(notes('a')) | finally(notes('b'));
    std::move(guarded)(handler());
    end();
    BOOST_TEST(order == "abh");
}

BOOST_AUTO_TEST_CASE(nested_cleanups_wait_for_one_another, *label("F16") * label("F15"))
{
    auto guarded = operation.async_run(asio::deferred) | finally(notes_later('a')) |
                   finally(notes('b')) | finally(notes_later('c'));
    std::move(guarded)(handler());
    end();
    BOOST_TEST(order == "aabcch");
}

BOOST_AUTO_TEST_CASE(nested_tokens_run_from_the_outside_in, *label("F16"))
{
    operation.async_run(finally(notes_later('a'), finally(notes('b'), handler())));
    end();
    BOOST_TEST(order == "aabh");
}

BOOST_AUTO_TEST_CASE(later_cleanup_runs_although_the_first_failed, *label("F16") * label("F10"))
{
    auto guarded = operation.async_run(asio::deferred) |
                   finally([] { throw boost::system::system_error(asio::error::fault); }) |
                   finally(notes('b'));
    std::move(guarded)(handler());
    end();
    BOOST_TEST(order == "bh");
    BOOST_TEST((code == asio::error::fault));
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(constant_operation_can_be_started_again, *label("F3") * label("F10"))
{
    const auto guarded = operation.async_run(asio::deferred) | finally(notes_later('a'));
    guarded(handler());
    end();
    guarded(handler());
    end();
    BOOST_TEST(order == "aahaah");
}

BOOST_AUTO_TEST_CASE(stored_finally_can_be_used_again, *label("F10"))
{
    const auto cleanup = finally(notes('a'));
    auto first = operation.async_run(asio::deferred) | cleanup;
    auto second = operation.async_run(asio::deferred) | cleanup;
    std::move(first)(handler());
    end();
    std::move(second)(handler());
    end();
    BOOST_TEST(order == "ahah");

    std::move(settle::resolved(context) | cleanup).detach();
    auto operand = []() -> asio::awaitable<void> { co_return; };
    asio::co_spawn(context, operand() | cleanup, asio::detached);
    context.run();
    BOOST_TEST(order == "ahahaa");
}

BOOST_AUTO_TEST_CASE(cleanup_that_cannot_be_copied_is_moved_through, *label("F14"))
{
    auto owned = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = owned;
    auto cleanup =
        finally([this, unique = std::make_unique<int>(1), o = std::move(owned)] { order += 'a'; });
    auto guarded = operation.async_run(asio::deferred) | std::move(cleanup);
    std::move(guarded)([&](error_code, int) {
        order += 'h';
        BOOST_TEST(watch.expired());
    });
    end();
    BOOST_TEST(order == "ah");
}

BOOST_AUTO_TEST_CASE(token_given_as_an_lvalue_is_left_alone, *label("F10") * label("S8"))
{
    auto owned = std::make_shared<int>(0);
    auto token = finally([owned] { ++*owned; }, [owned](error_code, int) { *owned += 10; });
    operation.async_run(token);
    end();
    operation.async_run(token);
    end();
    BOOST_TEST(*owned == 22);
    const auto constant = token;
    operation.async_run(constant);
    end();
    operation.async_run(std::as_const(constant));
    end();
    BOOST_TEST(*owned == 44);
}

BOOST_AUTO_TEST_CASE(deferred_token_is_reusable_as_an_lvalue, *label("S8"))
{
    auto guarded = operation.async_run(finally(notes_later('a'), asio::deferred));
    guarded(handler());
    end();
    guarded(handler());
    end();
    BOOST_TEST(order == "aahaah");
}

BOOST_AUTO_TEST_CASE(final_token_decides_how_the_error_arrives, *label("S6"))
{
    const auto fails = finally([] { throw cleanup_error(); });
    const auto start = [&](auto&& token) {
        auto guarded = operation.async_run(asio::deferred) | fails;
        return std::move(guarded)(std::forward<decltype(token)>(token));
    };
    auto future = start(asio::use_future);
    end();
    BOOST_CHECK_THROW(future.get(), cleanup_error);
    BOOST_TEST(reports.count() == 0u);

    start(handler());
    end();
    BOOST_TEST((code == settle::errc::cleanup_threw));
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);

    bool caught = false;
    start(settle::use_promise)
        .catch_([&](const cleanup_error&) {
            caught = true;
            return 0;
        })
        .detach();
    end(asio::error::eof);
    BOOST_TEST(caught);
}

BOOST_AUTO_TEST_CASE(coroutine_catches_the_cleanups_own_type, *label("S6") * label("F5"))
{
    auto body = [this]() -> asio::awaitable<void> {
        auto cleanup = [] { throw cleanup_error(); };
        try {
            co_await operation.async_run(finally(cleanup, asio::use_awaitable));
        } catch (const cleanup_error&) {
            order += '1';
        }
        auto guarded = operation.async_run(asio::deferred) | finally(cleanup);
        try {
            co_await std::move(guarded)(asio::use_awaitable);
        } catch (const cleanup_error&) {
            order += '2';
        }
        auto [ec, number] =
            co_await operation.async_run(finally(cleanup, asio::as_tuple(asio::use_awaitable)));
        BOOST_TEST((ec == settle::errc::cleanup_threw));
        BOOST_TEST(number == 5);
        order += '3';
    };
    asio::co_spawn(context, body, asio::detached);
    for (int i = 0; i < 3; ++i) {
        context.poll();
        context.restart();
        end();
    }
    BOOST_TEST(order == "123");
}

BOOST_AUTO_TEST_CASE(inner_cleanups_type_passes_the_outer_one, *label("S6") * label("F16"))
{
    auto guarded = operation.async_run(asio::deferred) | finally([] { throw cleanup_error(); }) |
                   finally(notes('b'));
    auto future = std::move(guarded)(asio::use_future);
    end(asio::error::eof);
    BOOST_CHECK_THROW(future.get(), cleanup_error);
    BOOST_TEST(order == "b");
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 1u);
    BOOST_TEST(reports.count() == 1u);
}

BOOST_AUTO_TEST_CASE(nested_failures_are_suppressed_oldest_first, *label("F9") * label("F16"))
{
    auto guarded = operation.async_run(asio::deferred) | finally([] { throw operation_error(); }) |
                   finally([] { throw cleanup_error(); });
    settle::reason why;
    std::move(guarded)(settle::use_promise)
        .catch_([&](const settle::reason& r) {
            why = r;
            return 0;
        })
        .detach();
    end(asio::error::eof);
    BOOST_TEST(holds<cleanup_error>(why.exception()));
    BOOST_REQUIRE(why.suppressed().size() == 2u);
    BOOST_TEST((why.suppressed()[0].code() == asio::error::eof));
    BOOST_TEST(holds<operation_error>(why.suppressed()[1].exception()));
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
