// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Exactly one of the cleanup, its fallback and a report.

#include <settle/on_abandon.hpp>

#include "support/decorated.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::on_abandon;
using settle::report_kind;
using support::decorated_fixture;
using support::never;
using support::surfaces;

namespace {

struct fixture : decorated_fixture {
    const std::uint64_t abandoned_before = settle::stats().cleanups_abandoned;
    const std::uint64_t pending_before = settle::stats().cleanups_pending;

    void check(int ran, int fell_back, std::size_t told)
    {
        BOOST_TEST(cleanups == ran);
        BOOST_TEST(fallbacks == fell_back);
        BOOST_TEST(reports.count() == told);
        BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == told);
        BOOST_TEST(settle::stats().cleanups_abandoned == abandoned_before + told);
        BOOST_TEST(settle::stats().cleanups_pending == pending_before);
        BOOST_TEST(alive.use_count() == 1);
    }
};

struct owner {
    asio::io_context* context;

    [[nodiscard]] auto get_executor() const noexcept { return context->get_executor(); }
};

/// An operation whose initiation keeps its handler, drops it, or throws.
template <class Do>
auto async_misuse(asio::io_context& context, Do act)
{
    return [&context, act](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code)>(
            [act](auto handler, owner) { act(std::move(handler)); }, token, owner{&context});
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(fallbacks)

BOOST_TEST_DECORATOR(*label("B2") * label("F10"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_runs_has_no_fallback, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(on_abandon(f.returns(), f.fallback()));
    f.complete_operation();
    BOOST_TEST(f.ended_well());
    f.check(1, 0, 0);
    f.check_released();

    fixture g;
    g.start<Surface>(on_abandon(g.tidies(), g.fallback()));
    g.complete_operation();
    g.complete_tidying(asio::error::eof);
    BOOST_TEST(g.ended_with(asio::error::eof));
    g.check(1, 0, 0);
    g.check_released();
}

BOOST_TEST_DECORATOR(*label("B2") * label("B3") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(fallback_runs_where_the_operation_is_dropped, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(on_abandon(f.returns(), f.fallback()));
    f.operation.drop();
    f.poll();
    if constexpr (Surface::is_promise) { // whose cleanups run while the context lives
        BOOST_TEST(f.ended_with(errc::broken_promise));
        f.check(1, 0, 0);
    } else {
        BOOST_TEST(f.completions == 0);
        f.check(0, 1, 0);
    }
}

BOOST_TEST_DECORATOR(*label("B2") * label("B3") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(fallback_of_an_asynchronous_cleanup_runs_too, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(on_abandon(f.tidies(), f.fallback()));
    f.operation.drop();
    f.poll();
    if constexpr (Surface::is_promise) {
        f.complete_tidying();
        BOOST_TEST(f.ended_with(errc::broken_promise));
        f.check(1, 0, 0);
    } else {
        BOOST_TEST(f.completions == 0);
        f.check(0, 1, 0);
    }
}

BOOST_TEST_DECORATOR(*label("B2") * label("B1") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(fallback_runs_once_as_the_context_dies, Surface, surfaces)
{
    for (const bool asynchronous : {false, true}) {
        fixture f;
        const auto wait = [&f](auto cleanup) {
            auto timer = std::make_shared<asio::steady_timer>(*f.context, never);
            if constexpr (Surface::is_promise) {
                auto guarded = timer->async_wait(settle::use_promise)
                                   .finally(std::move(cleanup))
                                   .then([timer, &f] { ++f.completions; });
                std::move(guarded).detach();
            } else {
                timer->async_wait(settle::finally(
                    std::move(cleanup), [timer, &f](settle::error_code) { ++f.completions; }));
            }
        };
        if (asynchronous)
            wait(on_abandon(f.tidies(), f.fallback()));
        else
            wait(on_abandon(f.returns(), f.fallback()));
        f.poll();
        f.context.reset();
        BOOST_TEST(f.completions == 0);
        f.check(0, 1, 0);
    }
}

BOOST_TEST_DECORATOR(*label("B2") * label("U5"))
BOOST_AUTO_TEST_CASE_TEMPLATE(cleanup_that_has_started_is_reported, Surface, surfaces)
{
    fixture f;
    f.start<Surface>(on_abandon(f.tidies(), f.fallback()));
    f.complete_operation();
    f.tidying.drop();
    f.poll();
    if constexpr (Surface::is_promise) {
        BOOST_TEST(f.ended_with(errc::broken_promise));
        f.check(1, 0, 0);
    } else {
        BOOST_TEST(f.completions == 0);
        f.check_report(report_kind::abandoned_cleanup, errc::broken_promise);
        f.check(1, 0, 1);
    }
}

BOOST_AUTO_TEST_CASE(cleanup_of_a_promise_that_runs_as_its_context_dies_is_reported,
                     *label("B2") * label("B1"))
{
    fixture f;
    auto timer = std::make_shared<asio::steady_timer>(*f.context, never);
    auto waits = [&f, timer, token = f.alive] {
        ++f.cleanups;
        return timer->async_wait(asio::deferred);
    };
    timer.reset();
    settle::resolved(*f.context)
        .finally(on_abandon(std::move(waits), f.fallback()))
        .then([&] { ++f.completions; })
        .detach();
    f.poll();
    f.context.reset();
    f.check(1, 0, 1);
}

BOOST_AUTO_TEST_CASE(initiation_that_throws_has_no_fallback, *label("B2") * label("F17"))
{
    for (const bool asynchronous : {false, true}) {
        fixture f;
        auto fails = async_misuse(*f.context, [](auto) { throw std::runtime_error("start"); });
        const auto handler = [&](settle::error_code) { ++f.completions; };
        if (asynchronous)
            BOOST_CHECK_THROW(fails(settle::finally(on_abandon(f.tidies(), f.fallback()), handler)),
                              std::runtime_error);
        else
            BOOST_CHECK_THROW(
                fails(settle::finally(on_abandon(f.returns(), f.fallback()), handler)),
                std::runtime_error);
        f.check(0, 0, 0);
    }
}

BOOST_AUTO_TEST_CASE(initiation_that_drops_its_handler_leaves_it_to_the_fallback,
                     *label("B2") * label("F17"))
{
    for (const bool asynchronous : {false, true}) {
        fixture f;
        auto drops = async_misuse(*f.context, [&f](auto handler) {
            {
                auto last = std::move(handler);
            }
            BOOST_TEST(f.fallbacks == 0); // it may throw still
        });
        const auto handler = [&](settle::error_code) { ++f.completions; };
        if (asynchronous)
            drops(settle::finally(on_abandon(f.tidies(), f.fallback()), handler));
        else
            drops(settle::finally(on_abandon(f.returns(), f.fallback()), handler));
        f.check(0, 1, 0);
    }
}

BOOST_AUTO_TEST_CASE(initiation_that_drops_an_older_operation_runs_its_fallback,
                     *label("B2") * label("F17"))
{
    fixture f;
    const auto start = [&](bool fails) {
        auto act = async_misuse(*f.context, [&f, fails](auto handler) {
            f.operation.drop();
            if (fails)
                throw std::runtime_error("start");
            f.operation.async_run(std::move(handler));
        });
        // One place for all of them.
        act(settle::finally(on_abandon(f.returns(), f.fallback()), [](settle::error_code) {}));
    };
    start(false);
    start(false);
    BOOST_TEST(f.fallbacks == 1);
    BOOST_CHECK_THROW(start(true), std::runtime_error);
    f.check(0, 2, 0);
}

BOOST_AUTO_TEST_CASE(operation_that_never_starts_has_no_fallback, *label("B2"))
{
    fixture f;
    {
        auto never_started = f.operation.async_run(asio::deferred) |
                             settle::finally(on_abandon(f.returns(), f.fallback()));
        static_cast<void>(never_started);
    }
    asio::co_spawn(*f.context,
                   support::awaitable_surface::wait(f.operation) |
                       settle::partial_finally<decltype(on_abandon(f.returns(), f.fallback()))>(
                           std::in_place, on_abandon(f.returns(), f.fallback()),
                           std::source_location::current()),
                   [&](std::exception_ptr) { ++f.completions; });
    f.context.reset();
    f.check(0, 0, 0);
}

BOOST_AUTO_TEST_CASE(outermost_fallback_counts, *label("B2"))
{
    fixture f;
    int inner = 0;
    f.start<support::token_surface>(
        on_abandon(on_abandon(f.returns(), [&]() noexcept { ++inner; }), f.fallback()));
    f.operation.drop();
    BOOST_TEST(inner == 0);
    f.check(0, 1, 0);
}

BOOST_AUTO_TEST_CASE(fallback_is_found_behind_a_bound_executor, *label("B2"))
{
    fixture f;
    asio::io_context other;
    auto made = settle::with_resolvers<void>(*f.context);
    std::move(made.promise)
        .finally(asio::bind_executor(other, on_abandon(f.returns(), f.fallback())))
        .detach();
    f.context.reset();
    f.check(0, 1, 0);
}

BOOST_AUTO_TEST_CASE(empty_cleanup_has_no_fallback, *label("B2") * label("F3"))
{
    fixture f;
    f.start<support::token_surface>(on_abandon(std::function<void()>(), f.fallback()));
    f.operation.drop();
    f.start<support::awaitable_surface>(on_abandon(nullptr, f.fallback()));
    f.operation.drop();
    f.poll();
    f.check(0, 0, 0);
}

BOOST_AUTO_TEST_SUITE_END()
