// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Requests to cancel that come at odd moments: around a decision, a lock-in, the end of a handler
// and of the context.

#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/values.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;

using executor = asio::io_context::executor_type;
using promise = settle::promise<void, executor>;

// A promise, its resolver, and what to lock it in to: a wait that ends only when it is cancelled.
struct fixture {
    asio::io_context context;
    asio::steady_timer timer{context, std::chrono::hours(1)};
    settle::promise_with_resolvers<void, executor> made = settle::with_resolvers<void>(context);

    void lock_in() { made.resolver.resolve(timer.async_wait(asio::deferred)); }

    // The wait has been cancelled.
    void expect_aborted()
    {
        settle::error_code why;
        std::move(made.promise).catch_([&](settle::error_code ec) { why = ec; }).detach();
        context.restart();
        context.run_for(std::chrono::seconds(5));
        BOOST_TEST(why == asio::error::operation_aborted);
    }
};

// Asks when it is destroyed.
struct asks_at_its_end {
    explicit asks_at_its_end(std::optional<promise>& p) noexcept
        : asked(&p)
    {
    }
    asks_at_its_end(asks_at_its_end&& other) noexcept
        : asked(std::exchange(other.asked, nullptr))
    {
    }
    asks_at_its_end& operator=(asks_at_its_end&&) = delete;
    ~asks_at_its_end()
    {
        if (asked && *asked)
            (*asked)->cancel();
    }
    std::optional<promise>* asked;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(request_before_the_adoptable_has_started_waits_for_it, fixture,
                        *label("X5"))
{
    made.resolver.slot().assign([](cancellation_type) { BOOST_ERROR("decided already"); });
    lock_in();
    made.promise.cancel();
    expect_aborted();
}

BOOST_FIXTURE_TEST_CASE(request_on_its_way_to_the_slot_turns_to_the_adoptable, fixture,
                        *label("X5"))
{
    made.resolver.slot().assign([](cancellation_type) { BOOST_ERROR("decided already"); });
    made.promise.cancel(); // not on the loop, so it is posted
    lock_in();
    expect_aborted();
}

BOOST_FIXTURE_TEST_CASE(slot_taken_after_a_request_does_not_lose_it, fixture, *label("X5"))
{
    made.promise.cancel();
    static_cast<void>(made.resolver.slot());
    lock_in();
    expect_aborted();
}

BOOST_FIXTURE_TEST_CASE(slot_taken_after_locking_in_is_not_the_adoptables, fixture, *label("X5"))
{
    lock_in();
    context.poll();
    made.resolver.slot().assign([](cancellation_type) { BOOST_ERROR("locked in"); });
    made.promise.cancel();
    expect_aborted();
}

BOOST_FIXTURE_TEST_CASE(request_reaches_what_an_adoptable_was_fulfilled_with, fixture, *label("X5"))
{
    auto gives_a_promise = asio::async_initiate<const asio::deferred_t&, void(promise)>(
        [&](auto handler) {
            asio::post(context, [this, own = std::move(handler)]() mutable {
                std::move(own)(
                    timer.async_wait(settle::use_promise_t<executor>(context.get_executor())));
            });
        },
        asio::deferred);
    made.resolver.resolve(std::move(gives_a_promise));
    context.poll();
    made.promise.cancel();
    expect_aborted();
}

BOOST_AUTO_TEST_CASE(what_a_handler_owned_may_ask_to_cancel_at_its_end, *label("X5"))
{
    asio::io_context context;
    asio::steady_timer timer(context, std::chrono::hours(1));
    std::optional<promise> last;
    auto [p, r] = settle::with_resolvers<void>(context);
    last.emplace(std::move(p).then([asks = asks_at_its_end(last)] {}).then([&] {
        return timer.async_wait(asio::deferred);
    }));
    r.resolve();
    context.run_for(std::chrono::seconds(5));
    // The request was kept for the wait.
    BOOST_TEST(context.stopped());
    settle::error_code why;
    std::move(*last).catch_([&](settle::error_code ec) { why = ec; }).detach();
    last.reset();
    context.restart();
    context.run();
    BOOST_TEST(why == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(context_dies_while_the_slot_owns_the_last_resolver, *label("B1") * label("B6"))
{
    asio::io_context* const context = new asio::io_context;
    {
        auto [p, r] = settle::with_resolvers<void>(*context);
        const auto slot = r.slot();
        auto on_request = [own = std::move(r)](cancellation_type) { BOOST_ERROR("called"); };
        asio::cancellation_slot(slot).assign(std::move(on_request));
        std::move(p).then([] { BOOST_ERROR("run"); }).detach();
    }
    delete context; // frees what is in the slot, once
}

BOOST_AUTO_TEST_CASE(context_dies_before_the_slot_has_been_emptied, *label("B1"))
{
    const auto captured = std::make_shared<int>(0);
    {
        asio::io_context context;
        auto [p, r] = settle::with_resolvers<void>(context);
        r.slot().assign([own = r, captured](cancellation_type) { BOOST_ERROR("called"); });
        std::move(p).then([] { BOOST_ERROR("run"); }).detach();
        r.resolve();
    }
    BOOST_TEST(captured.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(what_throws_in_the_slot_still_goes, *label("X5") * label("E10"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto kept = std::make_shared<int>();
    r.slot().assign([own = r, kept](asio::cancellation_type) { throw support::operation_error(); });
    asio::post(context, [&] { p.cancel(); });
    BOOST_CHECK_THROW(context.run(), support::operation_error);
    r.resolve(1);
    context.restart();
    context.run();
    BOOST_TEST(kept.use_count() == 1);
    std::move(p).detach();
}
