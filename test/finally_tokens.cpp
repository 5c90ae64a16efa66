// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() with Asio's token adapters, inside and outside.

#include <settle/finally.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/tracker_executor.hpp"
#include "support/values.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <tuple>
#include <utility>

#if __has_include(<boost/asio/bind_immediate_executor.hpp>)
#include <boost/asio/bind_immediate_executor.hpp>
#endif

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;

namespace {

const error_code ok;
const error_code eof = asio::error::eof;
const error_code threw = settle::errc::cleanup_threw;

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;

    auto succeeds()
    {
        return [this] { ++cleanups; };
    }

    auto fails()
    {
        return [this] {
            ++cleanups;
            throw cleanup_error();
        };
    }

    auto succeeds_later()
    {
        return [this] { return asio::post(context, asio::deferred) | finally(succeeds()); };
    }

    /// Checks what an error_code operation's handler gets, after the cleanup.
    auto expects(error_code expected)
    {
        return [this, expected, before = cleanups](error_code ec, int value) {
            ++completions;
            BOOST_TEST(cleanups == before + 1);
            BOOST_TEST((ec == expected));
            BOOST_TEST(value == 5);
        };
    }

    template <class Token>
    auto ends(error_code ec, Token&& token)
    {
        return async_script<void(error_code, int)>(
            context, [ec](auto& h) { std::move(h)(ec, 5); }, std::forward<Token>(token));
    }

    /// Starts an operation for each kind of end, with the token that `make` makes of a cleanup and
    /// a handler, and runs it.
    template <class Make>
    void each_end(Make make)
    {
        const int before = completions;
        const auto one = [&](error_code ec, auto cleanup, error_code expected) {
            ends(ec, make(cleanup, expects(expected)));
            context.run();
            context.restart();
        };
        one(ok, succeeds(), ok);
        one(eof, succeeds(), eof);
        one(ok, fails(), threw);
        one(eof, succeeds_later(), eof);
        BOOST_TEST(completions == before + 4);
    }

    void coroutine(std::function<asio::awaitable<void>()> body)
    {
        asio::co_spawn(context, body, [this](std::exception_ptr e) {
            ++completions;
            BOOST_TEST(!e);
        });
        context.run();
        BOOST_TEST(completions == 1);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(token_adapters, fixture, *label("S8"))

BOOST_AUTO_TEST_CASE(binders_compose_both_ways_round)
{
    const support::tracker_executor tracked(context.get_executor());
    asio::cancellation_signal signal;
    const auto allocator = std::allocator<void>();
    each_end([&](auto c, auto h) { return finally(c, asio::bind_executor(context, h)); });
    each_end([&](auto c, auto h) { return asio::bind_executor(context, finally(c, h)); });
    each_end([&](auto c, auto h) { return finally(c, asio::bind_allocator(allocator, h)); });
    each_end([&](auto c, auto h) { return asio::bind_allocator(allocator, finally(c, h)); });
    each_end(
        [&](auto c, auto h) { return finally(c, asio::bind_cancellation_slot(signal.slot(), h)); });
    each_end(
        [&](auto c, auto h) { return asio::bind_cancellation_slot(signal.slot(), finally(c, h)); });
#if __has_include(<boost/asio/bind_immediate_executor.hpp>)
    each_end([&](auto c, auto h) {
        return finally(c, asio::bind_immediate_executor(context.get_executor(), h));
    });
    each_end([&](auto c, auto h) {
        return asio::bind_immediate_executor(context.get_executor(), finally(c, h));
    });
#endif
    each_end([&](auto c, auto h) {
        return asio::bind_allocator(allocator,
                                    asio::bind_executor(tracked, finally(c, asio::consign(h, 1))));
    });
    BOOST_TEST(tracked.executed() > 0);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_on_the_executor_bound_inside_and_outside, *label("E3"))
{
    const support::tracker_executor tracked(context.get_executor());
    const auto cleanup = [&] {
        ++cleanups;
        BOOST_TEST(tracked.running_here());
    };
    const auto handler = [&](error_code, int) {
        ++completions;
        BOOST_TEST(tracked.running_here());
    };
    ends(ok, finally(cleanup, asio::bind_executor(tracked, handler)));
    ends(ok, asio::bind_executor(tracked, finally(cleanup, handler)));
    context.run();
    BOOST_TEST(completions == 2);
    BOOST_TEST(cleanups == 2);
}

BOOST_AUTO_TEST_CASE(consigned_objects_live_until_the_handler_was_called, *label("F15"))
{
    const auto both = [&](auto make) {
        auto owned = std::make_shared<int>();
        const std::weak_ptr<int> watch = owned;
        const auto cleanup = [&, watch] {
            ++cleanups;
            BOOST_TEST(!watch.expired());
            return asio::post(context, asio::deferred);
        };
        const auto handler = [&, watch](error_code, int) {
            ++completions;
            BOOST_TEST(!watch.expired());
        };
        ends(ok, make(cleanup, handler, std::exchange(owned, nullptr)));
        context.run();
        context.restart();
        BOOST_TEST(watch.expired());
    };
    both([](auto c, auto h, auto owned) { return finally(c, asio::consign(h, owned)); });
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    each_end([](auto c, auto h) { return asio::consign(finally(c, h), std::make_shared<int>()); });
}

BOOST_AUTO_TEST_CASE(as_tuple_inside_has_the_cleanups_code, *label("S2"))
{
    coroutine([this]() -> asio::awaitable<void> {
        const auto good = succeeds_later();
        const auto bad = fails();
        BOOST_TEST(((co_await ends(eof, finally(good, asio::as_tuple(asio::use_awaitable)))) ==
                    std::make_tuple(eof, 5)));
        BOOST_TEST(((co_await ends(ok, finally(bad, asio::as_tuple(asio::use_awaitable)))) ==
                    std::make_tuple(threw, 5)));
    });
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);
}

BOOST_AUTO_TEST_CASE(as_tuple_outside_has_the_operations_code, *label("S4"))
{
    coroutine([this]() -> asio::awaitable<void> {
        const auto good = succeeds_later();
        const auto bad = fails();
        BOOST_TEST(((co_await ends(eof, asio::as_tuple(finally(good, asio::use_awaitable)))) ==
                    std::make_tuple(eof, 5)));
        BOOST_CHECK_THROW(co_await ends(eof, asio::as_tuple(finally(bad, asio::use_awaitable))),
                          cleanup_error);
    });
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(redirected_error_is_the_cleanups_inside_and_the_operations_outside,
                     *label("S2") * label("S4"))
{
    coroutine([this]() -> asio::awaitable<void> {
        const auto good = succeeds_later();
        const auto bad = fails();
        error_code ec;
        BOOST_TEST((co_await ends(
                       eof, finally(good, asio::redirect_error(asio::use_awaitable, ec)))) == 5);
        BOOST_TEST((ec == eof));
        BOOST_TEST(
            (co_await ends(ok, finally(bad, asio::redirect_error(asio::use_awaitable, ec)))) == 5);
        BOOST_TEST((ec == threw));
        BOOST_TEST((co_await ends(
                       eof, asio::redirect_error(finally(good, asio::use_awaitable), ec))) == 5);
        BOOST_TEST((ec == eof));
        ec = {};
        BOOST_CHECK_THROW(
            co_await ends(eof, asio::redirect_error(finally(bad, asio::use_awaitable), ec)),
            cleanup_error);
        BOOST_TEST((ec == eof));
    });
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);
}

BOOST_AUTO_TEST_CASE(erased_handler_is_a_token, *label("F3"))
{
    using erased = asio::any_completion_handler<void(error_code, int)>;
    each_end([](auto c, auto h) { return finally(c, erased(h)); });
}

BOOST_AUTO_TEST_CASE(detached_operation_runs_its_cleanup, *label("F10"))
{
    ends(ok, finally(succeeds(), asio::detached));
    ends(eof, finally(succeeds_later(), asio::detached));
    ends(ok, finally(fails(), asio::detached));
    async_script<void()>(
        context, [](auto& h) { std::move(h)(); }, finally(fails(), asio::detached));
    context.run();
    BOOST_TEST(cleanups == 4);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1u);
}

BOOST_AUTO_TEST_CASE(constant_tokens_are_copied, *label("F10"))
{
    const auto plain = finally(succeeds(), asio::use_future);
    const auto nested = finally(succeeds(), plain);
    const auto tuple = asio::as_tuple(plain);
    auto first = ends(ok, plain);
    auto second = ends(ok, nested);
    auto third = ends(eof, tuple);
    auto fourth = ends(eof, plain);
    context.run();
    BOOST_TEST(first.get() == 5);
    BOOST_TEST(second.get() == 5);
    BOOST_TEST((third.get() == std::make_tuple(eof, 5)));
    BOOST_CHECK_THROW(fourth.get(), boost::system::system_error);
    BOOST_TEST(cleanups == 5);
}

BOOST_AUTO_TEST_SUITE_END()
