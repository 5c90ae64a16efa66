// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// cancel(): from a promise up its chain, to what the chain waits for.

#include <settle/finally.hpp>
#include <settle/shared_promise.hpp>
#include <settle/use_promise.hpp>

#include "support/end_of.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::error_code;
using support::end_of;

// Never ends by itself.
struct endless : asio::steady_timer {
    explicit endless(asio::io_context& context)
        : asio::steady_timer(context, std::chrono::steady_clock::time_point::max())
    {
    }
};

void run(asio::io_context& context)
{
    context.restart();
    context.run();
}

template <class T, class Executor>
error_code code_of(asio::io_context& context, settle::promise<T, Executor> promise)
{
    auto end = end_of(context, std::move(promise));
    return end ? error_code() : end.error().code();
}

} // namespace

BOOST_AUTO_TEST_CASE(reaches_the_operation_at_the_start_of_the_chain, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    int fulfilled = 0;
    auto p =
        timer.async_wait(settle::use_promise).then([&] { ++fulfilled; }).finally([] {}).then([&] {
            ++fulfilled;
        });
    context.poll();
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
    BOOST_TEST(fulfilled == 0);
}

BOOST_AUTO_TEST_CASE(reaches_the_operation_that_a_handler_returned, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    auto p =
        settle::resolved(context).then([&] { return timer.async_wait(asio::deferred); }).then([] {
            return 1;
        });
    context.poll();
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(reaches_the_coroutine_that_a_handler_returned, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    const auto wait = [&]() -> asio::awaitable<void> {
        co_await timer.async_wait(asio::use_awaitable);
    };
    auto p = settle::resolved(context).then(wait);
    context.poll();
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(reaches_through_a_promise_that_a_handler_returned, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    auto p = settle::resolved(context).then(
        [&] { return timer.async_wait(settle::use_promise).then([] { return 2; }); });
    context.poll();
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(reaches_what_a_promise_was_resolved_with, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    auto [p, r] = settle::with_resolvers<void>(context);
    r.resolve(timer.async_wait(asio::deferred));
    context.poll();
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(reaches_what_attempt_returned, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    auto p = settle::attempt(context, [&] { return timer.async_wait(asio::deferred); });
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(is_not_lost_between_two_operations, *label("X5") * label("E8"))
{
    asio::io_context context;
    endless timer(context);
    int handlers = 0;
    auto p = settle::resolved(context).then([&] { ++handlers; }).finally([] {}).then([&] {
        ++handlers;
        return timer.async_wait(asio::deferred);
    });
    p.cancel(); // nothing has run yet
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
    BOOST_TEST(handlers == 2);
}

BOOST_AUTO_TEST_CASE(is_not_lost_before_a_promise_is_resolved_with_an_operation, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    auto [p, r] = settle::with_resolvers<void>(context);
    auto last = std::move(p).then([] { return 1; });
    last.cancel();
    context.poll();
    r.resolve(timer.async_wait(asio::deferred));
    BOOST_TEST((code_of(context, std::move(last)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(from_inside_a_handler_reaches_what_it_returns, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    std::optional<settle::promise<void, asio::io_context::executor_type>> p;
    p.emplace(settle::resolved(context).then([&] {
        p->cancel();
        return timer.async_wait(asio::deferred);
    }));
    context.poll();
    BOOST_TEST((code_of(context, *std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(types_are_handed_on, *label("X5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<void>(context);
    std::vector<cancellation_type> heard;
    r.slot().assign([&](cancellation_type type) { heard.push_back(type); });
    auto last = std::move(p).then([] {});
    last.cancel(cancellation_type::partial);
    last.cancel(cancellation_type::total);
    last.cancel();
    BOOST_TEST(heard.empty()); // on the executor, and nobody runs it
    context.poll();
    const std::vector expected{cancellation_type::partial, cancellation_type::total,
                               cancellation_type::terminal};
    BOOST_TEST((heard == expected));
    r.resolve();
    BOOST_TEST(!code_of(context, std::move(last)));
}

BOOST_AUTO_TEST_CASE(resolver_reacts, *label("X5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto captured = std::make_shared<int>();
    // It may own a resolver: the slot is emptied when the promise settles.
    r.slot().assign(
        [own = r, captured](cancellation_type) { own.reject(asio::error::operation_aborted); });
    p.cancel();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
    BOOST_TEST(captured.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(resolvers_share_one_slot, *label("X5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto other = r;
    BOOST_TEST((r.slot() == other.slot()));
    BOOST_TEST(r.slot().is_connected());
    r.resolve(1);
    BOOST_TEST(!code_of(context, std::move(p)));
}

BOOST_AUTO_TEST_CASE(a_settled_promise_is_left_as_it_is, *label("X5") * label("P1"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 4);
    p.cancel();
    BOOST_TEST(*end_of(context, std::move(p)) == 4);
    auto q = settle::resolved(context, 4).then([](int i) { return i; });
    run(context);
    q.cancel();
    BOOST_TEST(*end_of(context, std::move(q)) == 4);
}

BOOST_AUTO_TEST_CASE(running_cleanup_is_shielded, *label("X2") * label("X5"))
{
    asio::io_context context;
    auto [done, finish] = settle::with_resolvers<void>(context);
    std::optional cleanup(std::move(done));
    int asked = 0;
    finish.slot().assign([&](cancellation_type) { ++asked; });
    auto p =
        settle::resolved(context, 9).finally([&] { return *std::move(cleanup); }).then([](int i) {
            return i;
        });
    context.poll();
    p.cancel();
    context.poll();
    BOOST_TEST(asked == 0);
    finish.resolve();
    BOOST_TEST(*end_of(context, std::move(p)) == 9);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_after_a_cancelled_operation, *label("X1") * label("X5"))
{
    asio::io_context context;
    endless timer(context);
    endless tidy(context);
    int cleanups = 0;
    auto p = timer.async_wait(settle::use_promise).finally([&] {
        ++cleanups;
        return tidy.async_wait(asio::deferred);
    });
    context.poll();
    p.cancel();
    context.poll();
    BOOST_TEST(cleanups == 1);
    tidy.expires_at(std::chrono::steady_clock::time_point::min());
    // Moving the expiry ends the cleanup's wait with an error, which becomes the outcome.
    const auto end = end_of(context, std::move(p));
    BOOST_REQUIRE(end.has_error());
    BOOST_TEST(end.error().suppressed().size() == 1u);
}

BOOST_AUTO_TEST_CASE(slot_of_a_token_reaches_the_operation, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    asio::cancellation_signal signal;
    int completions = 0;
    auto p = timer.async_wait(settle::use_promise).then([] { return 1; });
    std::move(p)(asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, int) {
        BOOST_TEST((settle::reason(e).code() == asio::error::operation_aborted));
        ++completions;
    }));
    context.poll();
    signal.emit(cancellation_type::terminal);
    run(context);
    BOOST_TEST(completions == 1);
    signal.emit(cancellation_type::terminal); // the slot was cleared
}

BOOST_AUTO_TEST_CASE(slot_outlives_the_promise_it_was_for, *label("X5") * label("B1"))
{
    asio::cancellation_signal signal;
    {
        asio::io_context context;
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p)(asio::bind_cancellation_slot(
            signal.slot(), [](std::exception_ptr, int) { BOOST_ERROR(""); }));
    }
    signal.emit(cancellation_type::terminal);
}

BOOST_AUTO_TEST_CASE(each_link_is_asked_on_its_own_executor, *label("X5") * label("E1"))
{
    asio::io_context context;
    asio::io_context elsewhere;
    endless timer(elsewhere);
    auto p = settle::resolved(context)
                 .then(asio::bind_executor(elsewhere.get_executor(),
                                           [&] { return timer.async_wait(asio::deferred); }))
                 .then([] { return 1; });
    elsewhere.poll();
    p.cancel();
    context.poll(); // asks on
    elsewhere.restart();
    BOOST_TEST(elsewhere.poll() > 0u);
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(either_handler_may_have_an_executor_of_its_own, *label("X5") * label("E1"))
{
    asio::io_context context;
    auto strand = asio::make_strand(context);
    endless timer(context);
    auto p = timer.async_wait(settle::use_promise)
                 .then(asio::bind_executor(strand, [] { return 1; }),
                       asio::bind_executor(strand, [](error_code code) {
                           return code == asio::error::operation_aborted ? 2 : 3;
                       }));
    context.poll();
    p.cancel();
    BOOST_TEST(*end_of(context, std::move(p)) == 2);
}

BOOST_AUTO_TEST_CASE(a_million_links_do_not_recurse, *label("X5") * label("E2"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    int asked = 0;
    r.slot().assign([&](cancellation_type) { ++asked; });
    for (int i = 0; i < 1'000'000; ++i)
        p = std::move(p).then([](int v) { return v; });
    asio::post(context, [&] { p.cancel(); });
    context.poll();
    BOOST_TEST(asked == 1);
    r.resolve(1);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(requests_die_with_the_context, *label("B1") * label("B6"))
{
    std::optional<asio::io_context> context(std::in_place);
    auto [p, r] = settle::with_resolvers<int>(*context);
    auto kept = std::make_shared<int>();
    r.slot().assign([kept](cancellation_type) { BOOST_ERROR("called"); });
    auto last = std::move(p).then([kept](int i) { return i; });
    last.cancel();
    context.reset();
    last.cancel();
    r.resolve(1);
    BOOST_TEST(kept.use_count() == 1);
    std::move(last).detach();
}

BOOST_AUTO_TEST_CASE(shared_promise_is_cancelled_when_all_have_asked, *label("X5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    int asked = 0;
    r.slot().assign([&](cancellation_type) { ++asked; });
    auto shared = std::move(p).share();
    auto first = shared.then([](int) {});
    auto second = shared.then([](int) {}).then([] {});
    first.cancel();
    first.cancel();
    context.poll();
    BOOST_TEST(asked == 0);
    second.cancel();
    context.restart();
    context.poll();
    BOOST_TEST(asked == 1);
    r.resolve(1);
    BOOST_TEST(!code_of(context, std::move(first)));
    BOOST_TEST(!code_of(context, std::move(second)));
}

BOOST_AUTO_TEST_CASE(handles_that_nothing_was_attached_from_are_asked_too, *label("X5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    int asked = 0;
    r.slot().assign([&](cancellation_type) { ++asked; });
    auto shared = std::move(p).share();
    auto other = shared;
    std::optional third(shared);
    shared.cancel();
    third.reset(); // no consumer any more, and no request either
    context.poll();
    BOOST_TEST(asked == 0);
    other.cancel();
    context.restart();
    context.poll();
    BOOST_TEST(asked == 1);
    r.resolve(1);
    context.poll();
}

BOOST_AUTO_TEST_CASE(dropping_cancels_nothing, *label("P9"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    r.slot().assign([](cancellation_type) { BOOST_ERROR("cancelled"); });
    {
        auto shared = std::move(p).share();
        auto other = shared;
        other.cancel();
    }
    context.poll();
    r.resolve(1);
    context.poll();
}
