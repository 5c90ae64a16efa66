// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What a settle::promise coroutine can await, and what it gets.

#include <settle/coroutine.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::error_code;
using support::end_of;

// Adopted through a resolver; an ordinary value where it is negative.
struct ticket {
    int number;
};

// An ordinary value of another type.
struct blank {};

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    support::manual_operation<void(error_code, int)> operation{context.get_executor()};
    int steps = 0;

    void poll()
    {
        context.poll();
        context.restart();
    }

    asio::io_context::executor_type get_executor() { return context.get_executor(); }
};

} // namespace

template <>
struct settle::adoption<ticket> {
    using value_type = int;
    static bool adopt(ticket&& t, resolver<int> r)
    {
        r.resolve(t.number);
        return true;
    }
};

template <>
struct settle::adoption<blank> {
    using value_type = int;
    static bool adopt(blank&&, const resolver<int>&) { return false; }
};

BOOST_FIXTURE_TEST_SUITE(coroutine_await, fixture)

BOOST_AUTO_TEST_CASE(promise_gives_its_value_or_throws, *label("C2"))
{
    const auto thrown = std::make_exception_ptr(support::operation_error());
    const auto body = [&](asio::io_context& c) -> settle::promise<void> {
        auto five = settle::resolved(c, 5);
        BOOST_TEST((co_await std::move(five)) == 5);
        ++steps;
        auto owned = co_await settle::resolved(c, std::make_unique<int>(6));
        BOOST_TEST(*owned == 6);
        co_await settle::resolved(c);
        ++steps;
        try {
            co_await settle::rejected<int>(c, thrown);
        } catch (const support::operation_error&) {
            BOOST_TEST((std::current_exception() == thrown));
            ++steps;
        }
        try {
            co_await settle::rejected<void>(c, errc::timed_out);
        } catch (const boost::system::system_error& e) {
            BOOST_TEST((e.code() == errc::timed_out));
            ++steps;
        }
    };
    BOOST_TEST(end_of(context, body(context)).has_value());
    BOOST_TEST(steps == 4);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(shared_promise_gives_copies, *label("C2"))
{
    const auto shared = settle::resolved(context, std::string("x")).share();
    auto failed = settle::rejected<void>(context, errc::timed_out).share();
    const auto body = [&](asio::io_context&) -> settle::promise<std::string> {
        std::string all = co_await shared;
        all += co_await shared;
        auto copy = shared;
        all += co_await std::move(copy);
        try {
            co_await failed;
        } catch (const boost::system::system_error& e) {
            BOOST_TEST((e.code() == errc::timed_out));
            ++steps;
        }
        co_return all;
    };
    BOOST_TEST(*end_of(context, body(context)) == "xxx");
    BOOST_TEST(steps == 1);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(awaitable_gives_its_value_or_throws, *label("C2"))
{
    const auto length = [](std::string text) -> asio::awaitable<std::size_t> {
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        if (text.empty())
            throw support::operation_error();
        co_return text.size();
    };
    const auto body = [&](asio::io_context&) -> settle::promise<std::size_t> {
        try {
            co_await length("");
        } catch (const support::operation_error&) {
            ++steps;
        }
        auto three = length("abc");
        co_return co_await std::move(three);
    };
    BOOST_TEST(*end_of(context, body(context)) == 3u);
    BOOST_TEST(steps == 1);
}

BOOST_AUTO_TEST_CASE(deferred_operation_gives_its_values, *label("C2"))
{
    support::manual_operation<void(int, std::string)> two_values{context.get_executor()};
    auto body = [&](asio::io_context&) -> settle::promise<int> {
        const auto [number, text] = co_await two_values.async_run(asio::deferred);
        BOOST_TEST(text == "t");
        ++steps;
        co_await asio::post(context, asio::deferred);
        ++steps;
        try {
            co_await operation.async_run(asio::deferred);
        } catch (const boost::system::system_error& e) {
            BOOST_TEST((e.code() == asio::error::eof));
            ++steps;
        }
        // As an lvalue it is copied.
        const auto again = operation.async_run(asio::deferred);
        const int one = co_await again;
        co_return number + one + co_await again;
    };
    auto p = body(context);
    two_values.complete(1, "t");
    poll();
    operation.complete(asio::error::eof, 0);
    poll();
    operation.complete({}, 10);
    poll();
    operation.complete({}, 100);
    BOOST_TEST(*end_of(context, std::move(p)) == 111);
    BOOST_TEST(steps == 3);
}

BOOST_AUTO_TEST_CASE(operation_without_a_value_is_waited_for, *label("C2"))
{
    support::manual_operation<void()> bare(context.get_executor());
    const auto body = [&](asio::io_context&) -> settle::promise<void> {
        auto running = bare.async_run(asio::deferred);
        co_await std::move(running);
        ++steps;
    };
    auto p = body(context);
    poll();
    BOOST_TEST(bare.starts() == 1);
    BOOST_TEST(steps == 0);
    bare.complete();
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(steps == 1);
}

BOOST_AUTO_TEST_CASE(adoption_of_a_users_type, *label("C2"))
{
    const auto body = [&](asio::io_context&) -> settle::promise<int> {
        try {
            co_await blank();
        } catch (const std::bad_cast&) {
            ++steps;
        }
        co_return co_await ticket{7};
    };
    BOOST_TEST(*end_of(context, body(context)) == 7);
    BOOST_TEST(steps == 1);
}

BOOST_AUTO_TEST_CASE(as_outcome_never_throws, *label("C2"))
{
    settle::reason why = std::make_exception_ptr(support::cleanup_error());
    why.suppress(errc::timed_out);
    const auto body = [&](asio::io_context& c) -> settle::promise<int> {
        const settle::outcome<int> failed =
            co_await settle::as_outcome(settle::rejected<int>(c, why));
        BOOST_TEST(failed.has_error());
        BOOST_TEST(failed.error().suppressed().size() == 1u);
        const settle::outcome<void> done = co_await settle::as_outcome(settle::resolved(c));
        BOOST_TEST(done.has_value());
        const auto shared = settle::resolved(c, 4).share();
        co_return (co_await settle::as_outcome(shared)).value();
    };
    BOOST_TEST(*end_of(context, body(context)) == 4);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(displaced_reasons_are_reported_once, *label("C2") * label("F9") * label("U4"))
{
    settle::reason why = std::make_exception_ptr(support::cleanup_error());
    why.suppress(errc::timed_out);
    const auto shared = settle::rejected<int>(context, why).share();
    const auto body = [&](asio::io_context& c) -> settle::promise<void> {
        for (int i = 0; i < 2; ++i) {
            try {
                co_await shared;
            } catch (const support::cleanup_error&) {
                ++steps;
            }
        }
        BOOST_TEST(reports.count() == 1u);
        try {
            co_await settle::rejected<int>(c, why);
        } catch (const support::cleanup_error&) {
            ++steps;
        }
        BOOST_TEST(reports.count() == 2u);
    };
    BOOST_TEST(end_of(context, body(context)).has_value());
    BOOST_TEST(steps == 3);
    BOOST_TEST(reports.count(settle::report_kind::displaced_reason) == 2u);
}

BOOST_AUTO_TEST_CASE(resumption_is_posted, *label("C2") * label("E1"))
{
    auto [pending, decides] = settle::with_resolvers<void>(context);
    const auto body = [&](asio::io_context& c) -> settle::promise<void> {
        steps = 1; // at once
        co_await settle::resolved(c);
        steps = 2;
        co_await std::move(pending);
        steps = 3;
        co_await operation.async_run(asio::deferred);
        steps = 4;
    };
    auto p = body(context);
    BOOST_TEST(steps == 1);
    poll();
    BOOST_TEST(steps == 2);
    decides.resolve();
    BOOST_TEST(steps == 2);
    poll();
    BOOST_TEST(steps == 3);
    asio::post(context, [&] {
        operation.complete_here({}, 0);
        BOOST_TEST(steps == 3);
    });
    poll();
    BOOST_TEST(steps == 4);
    std::move(p).detach();
}

BOOST_AUTO_TEST_CASE(operation_that_is_dropped_is_a_broken_promise, *label("C2") * label("B3"))
{
    const auto body = [&](asio::io_context&) -> settle::promise<void> {
        co_await operation.async_run(asio::deferred);
    };
    auto p = body(context);
    operation.drop();
    const auto end = end_of(context, std::move(p));
    BOOST_TEST((end.error().code() == errc::broken_promise));
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(coroutine_that_awaits_itself, *label("C2") * label("P5"))
{
    settle::promise<void> itself = settle::resolved(context);
    const auto body = [&](asio::io_context& c) -> settle::promise<void> {
        co_await settle::resolved(c);
        co_await std::move(itself);
    };
    itself = body(context);
    context.run();
    const auto end = end_of(context, std::move(itself));
    BOOST_TEST((end.error().code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(temporaries_are_destroyed_once, *label("C2") * label("C4"))
{
    // Forms that GCC 12 compiles correctly too.
    const auto counted = std::make_shared<int>(8);
    const auto body = [&](asio::io_context& c) -> settle::promise<int> {
        auto handler = [counted](int i) { return i + *counted; };
        const int named = co_await settle::resolved(c, 1).then(handler);
        auto p = settle::resolved(c, 2).then([counted](int i) { return i * *counted; });
        const int statements = co_await std::move(p);
        const int reference = co_await settle::resolved(c, 3).then([&](int i) { return i; });
        co_return named + statements + reference;
    };
    BOOST_TEST(*end_of(context, body(context)) == 28);
    BOOST_TEST(counted.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(executor_of_the_coroutine, *label("C2"))
{
    const auto body = [](asio::any_io_executor) -> settle::promise<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::min());
        co_await timer.async_wait(asio::deferred);
    };
    BOOST_TEST(end_of(context, body(context.get_executor())).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
