// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Operations that say how they ended in a type of the user's own, which Asio knows as a
// disposition since Boost 1.87 and takes for an ordinary value before.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/signature_spy.hpp"
#include "support/values.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;
using support::holds;
using support::seen_behind;
using support::signatures;

namespace {

/// How an operation of the user's ended; zero is well.
struct status {
    int number = 0;
};

struct status_error : std::runtime_error {
    explicit status_error(int n)
        : runtime_error("status_error")
        , number(n)
    {
    }

    int number;
};

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;

    auto cleanup(bool fails)
    {
        return [this, fails] {
            ++cleanups;
            if (fails)
                throw cleanup_error();
        };
    }

    auto later(bool fails)
    {
        return
            [this, fails] { return asio::post(context, asio::deferred) | finally(cleanup(fails)); };
    }

    auto infallible()
    {
        return [this]() noexcept { ++cleanups; };
    }

    /// Starts an operation that ends with the status and 5, and runs it to its end.
    template <class Token>
    auto run(int number, Token&& token)
    {
        const auto start = [&] {
            return async_script<void(status, int)>(
                context, [number](auto& h) { std::move(h)(status{number}, 5); },
                std::forward<Token>(token));
        };
        if constexpr (std::is_void_v<decltype(start())>) {
            start();
            context.run();
            context.restart();
        } else {
            auto result = start();
            context.run();
            context.restart();
            return result;
        }
    }
};

} // namespace

#if __has_include(<boost/asio/disposition.hpp>)

template <>
struct boost::asio::disposition_traits<status> {
    static bool not_an_error(const status& s) noexcept { return s.number == 0; }
    static void throw_exception(const status& s) { throw status_error(s.number); }
    static std::exception_ptr to_exception_ptr(const status& s) noexcept
    {
        return s.number == 0 ? nullptr : std::make_exception_ptr(status_error(s.number));
    }
};

BOOST_FIXTURE_TEST_SUITE(disposition_of_the_users_own, fixture, *label("S4"))

namespace {

auto number_of(const std::exception_ptr& e)
{
    std::optional<int> number;
    try {
        std::rethrow_exception(e);
    } catch (const status_error& error) {
        number = error.number;
    } catch (...) {
    }
    return number;
}

} // namespace

BOOST_AUTO_TEST_CASE(cleanup_that_can_fail_replaces_it_by_an_exception)
{
    using fallible = decltype(cleanup(true));
    BOOST_TEST((std::is_same_v<seen_behind<fallible, void(status, int)>,
                               signatures<void(std::exception_ptr, int)>>));
    BOOST_TEST((std::is_same_v<seen_behind<fallible, void(const status&) &&>,
                               signatures<void(std::exception_ptr) &&>>));
}

BOOST_AUTO_TEST_CASE(infallible_cleanup_leaves_it, *label("S1"))
{
    BOOST_TEST((std::is_same_v<seen_behind<decltype(infallible()), void(status, int)>,
                               signatures<void(status, int)>>));
    run(7, finally(infallible(), [&](status s, int value) {
            ++completions;
            BOOST_TEST(s.number == 7);
            BOOST_TEST(value == 5);
        }));
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(success_passes, *label("F3"))
{
    const auto handler = [&](std::exception_ptr e, int value) {
        ++completions;
        BOOST_TEST(!e);
        BOOST_TEST(value == 5);
    };
    run(0, finally(cleanup(false), handler));
    run(0, finally(later(false), handler));
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(failure_passes_as_its_exception, *label("F4"))
{
    const auto handler = [&](std::exception_ptr e, int value) {
        ++completions;
        BOOST_REQUIRE(e);
        BOOST_TEST(number_of(e).value_or(0) == 7);
        BOOST_TEST(value == 5);
    };
    run(7, finally(cleanup(false), handler));
    run(7, finally(later(false), handler));
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_replaces_success, *label("F5") * label("S5"))
{
    const auto handler = [&](std::exception_ptr e, int value) {
        ++completions;
        BOOST_TEST(holds<cleanup_error>(e));
        BOOST_TEST(value == 5);
    };
    run(0, finally(cleanup(true), handler));
    run(0, finally(later(true), handler));
    BOOST_TEST(completions == 2);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_displaces_a_failure, *label("F9") * label("S5"))
{
    const auto handler = [&](std::exception_ptr e, int value) {
        ++completions;
        BOOST_TEST(holds<cleanup_error>(e));
        BOOST_TEST(value == 5);
    };
    run(7, finally(cleanup(true), handler));
    run(8, finally(later(true), handler));
    BOOST_TEST(completions == 2);
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 2u);
    BOOST_TEST(number_of(displaced[0].why.exception()).value_or(0) == 7);
    BOOST_TEST(number_of(displaced[1].why.exception()).value_or(0) == 8);
}

BOOST_AUTO_TEST_CASE(future_gets_the_exception, *label("S6"))
{
    BOOST_TEST(run(0, finally(cleanup(false), asio::use_future)).get() == 5);
    BOOST_CHECK_THROW(run(7, finally(cleanup(false), asio::use_future)).get(), status_error);
    BOOST_CHECK_THROW(run(0, finally(cleanup(true), asio::use_future)).get(), cleanup_error);
}

BOOST_AUTO_TEST_CASE(promise_is_rejected_with_the_exception, *label("S6"))
{
    const auto end = [&](int number, auto cleanup) {
        return support::end_of(context, run(number, finally(cleanup, settle::use_promise)));
    };
    BOOST_TEST(end(0, cleanup(false)).value() == 5);
    BOOST_TEST(end(0, infallible()).value() == 5);
    BOOST_TEST(number_of(end(7, cleanup(false)).error().exception()).value_or(0) == 7);
    BOOST_TEST(number_of(end(7, infallible()).error().exception()).value_or(0) == 7);

    const auto both = end(7, later(true));
    BOOST_TEST(holds<cleanup_error>(both.error().exception()));
    BOOST_REQUIRE(both.error().suppressed().size() == 1u);
    BOOST_TEST(number_of(both.error().suppressed()[0].exception()).value_or(0) == 7);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(coroutine_throws_it, *label("S6"))
{
    const auto waits = [&](int number, auto cleanup) {
        return async_script<void(status, int)>(
            context, [number](auto& h) { std::move(h)(status{number}, 5); },
            finally(cleanup, asio::use_awaitable));
    };
    auto body = [&]() -> asio::awaitable<void> {
        const auto good = cleanup(false);
        const auto bad = later(true);
        const auto quiet = infallible();
        BOOST_TEST((co_await waits(0, good)) == 5);
        int caught = 0;
        try {
            co_await waits(7, good);
        } catch (const status_error& e) {
            caught += e.number;
        }
        try {
            co_await waits(10, quiet);
        } catch (const status_error& e) {
            caught += e.number;
        }
        BOOST_TEST(caught == 17);
        BOOST_CHECK_THROW(co_await waits(0, bad), cleanup_error);
        ++completions;
    };
    asio::co_spawn(context, body, asio::detached);
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(cleanups == 4);
}

BOOST_AUTO_TEST_SUITE_END()

#else

BOOST_FIXTURE_TEST_SUITE(type_of_the_users_own, fixture, *label("S4"))

BOOST_AUTO_TEST_CASE(is_an_ordinary_value)
{
    BOOST_TEST((std::is_same_v<seen_behind<decltype(cleanup(true)), void(status, int)>,
                               signatures<void(std::exception_ptr, status, int)>>));
    for (const bool fails : {false, true}) {
        run(7, finally(cleanup(fails), [&](std::exception_ptr e, status s, int value) {
                ++completions;
                BOOST_TEST(holds<cleanup_error>(e) == fails);
                BOOST_TEST(s.number == 7);
                BOOST_TEST(value == 5);
            }));
    }
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
