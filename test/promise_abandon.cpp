// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A context that is destroyed at any moment.

#include <settle/promise.hpp>

#include "support/counting_allocator.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/shared_promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

// Counts what ran, and what ran although the context was being destroyed.
struct witness {
    int ran = 0;
    int ran_too_late = 0;
    bool dying = false;
    std::shared_ptr<int> captured = std::make_shared<int>(0);

    void step()
    {
        ++ran;
        if (dying)
            ++ran_too_late;
    }
};

// Everything that can be on its way in a context: chains, adoptions of each kind, cleanups of each
// kind, operations, coroutines.
template <class Executor>
class scenario {
public:
    scenario(const Executor& context, witness& w)
        : timer_(context, asio::steady_timer::time_point::min())
        , never_(context, asio::steady_timer::time_point::max())
    {
        const auto keep = w.captured;
        const auto step = [&w, keep] { w.step(); };
        const auto coroutine = [&w, context, keep]() -> asio::awaitable<void> {
            w.step();
            co_await asio::post(context, asio::use_awaitable);
            w.step();
        };

        settle::resolved(context)
            .then(step)
            .finally(step)
            .then([&w, context, keep] {
                w.step();
                return settle::resolved(context).then([&w, keep] { w.step(); });
            })
            .finally(coroutine)
            .then(coroutine)
            .finally([this, &w, keep] {
                w.step();
                return timer_.async_wait(asio::deferred);
            })
            .then([&w, keep] {
                w.step();
                throw support::operation_error();
            })
            .finally([&w, context, keep] {
                w.step();
                return settle::rejected<void>(context, errc::timed_out).finally([&w, keep] {
                    w.step();
                });
            })
            .catch_([&w, keep](const settle::reason&) { w.step(); })
            .detach();
        timer_.async_wait(settle::use_promise).then(step).finally(step).detach();
        never_.async_wait(settle::use_promise).then(step).finally(step).detach();
        never_.async_wait(settle::use_promise).detach();
        settle::attempt(context, coroutine).finally(step).detach();
        auto [pending, resolver] = settle::with_resolvers<int>(context);
        std::move(pending).then([step](int) { step(); }).finally(coroutine).detach();
        resolver_ = std::move(resolver);
        auto [locked, locker] = settle::with_resolvers<void>(context);
        locker.resolve(never_.async_wait(asio::deferred));
        std::move(locked).finally(step).detach();
        asio::co_spawn(
            context,
            [](Executor c, witness& seen) -> asio::awaitable<void> {
                auto own = settle::with_resolvers<void>(c);
                auto waiting = std::move(own.promise).finally([&seen] { seen.step(); });
                co_await std::move(waiting)(asio::use_awaitable);
                seen.step();
            }(context, w),
            asio::detached);
    }

private:
    asio::steady_timer timer_;
    asio::steady_timer never_;
    std::optional<settle::resolver<int, Executor>> resolver_;
};

// Runs n handlers and destroys the context; returns how many there were to run.
template <class ExecutorOf>
std::size_t abandon_after(std::size_t n, witness& w, bool settles_service_first,
                          ExecutorOf executor_of)
{
    auto context = std::make_unique<asio::io_context>();
    if (settles_service_first)
        settle::resolved(*context).detach();
    else
        asio::steady_timer(*context).cancel();
    // It goes with the context, as a session does that a handler keeps.
    using everything_on = scenario<decltype(executor_of(*context))>;
    auto everything = std::make_unique<everything_on>(executor_of(*context), w);
    std::size_t handlers = 0;
    while (handlers < n && context->poll_one() == 1)
        ++handlers;
    w.dying = true;
    struct owner {
        std::unique_ptr<everything_on> owned;
        void operator()() const {}
    };
    asio::post(*context, owner{std::move(everything)});
    context.reset();
    return handlers;
}

// Returns how many handlers there are.
template <class ExecutorOf>
std::size_t sweep(ExecutorOf executor_of)
{
    std::size_t all = 0;
    for (const bool settles_service_first : {false, true}) {
        std::size_t n = 0;
        for (std::size_t last_ran = 0;; ++n) {
            support::report_collector reports;
            witness w;
            const auto handlers = abandon_after(n, w, settles_service_first, executor_of);
            BOOST_TEST(w.ran_too_late == 0, "called while the context was destroyed, n = " << n);
            BOOST_TEST(w.captured.use_count() == 1, "a handler leaked, n = " << n);
            BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 0U,
                       "reported while the context was destroyed, n = " << n);
            BOOST_TEST(w.ran >= static_cast<int>(last_ran));
            last_ran = static_cast<std::size_t>(w.ran);
            if (handlers < n)
                break;
        }
        all = n;
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(context_destroyed_after_any_number_of_handlers, *label("B1") * label("B5"))
{
    BOOST_TEST(sweep([](asio::io_context& context) { return context.get_executor(); }) > 10U);
}

// Where each continuation is posted by itself there are more moments.
BOOST_AUTO_TEST_CASE(context_destroyed_after_any_number_of_continuations,
                     *label("B1") * label("B5"))
{
    BOOST_TEST(sweep([](asio::io_context& context) { return asio::make_strand(context); }) > 15U);
}

BOOST_AUTO_TEST_CASE(promise_that_owns_its_resolver_goes_with_its_context, *label("B1"))
{
    const auto captured = std::make_shared<int>(0);
    {
        asio::io_context context;
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p).then([own = r, captured](int) {}).finally([captured] {}).detach();
        auto [q, s] = settle::with_resolvers<int>(context);
        std::move(q)([own = s, captured](std::exception_ptr, int) {});
        context.run();
        BOOST_TEST(captured.use_count() == 4);
    }
    BOOST_TEST(captured.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(ring_of_promises_goes_with_its_context, *label("B1"))
{
    support::report_collector reports;
    const auto captured = std::make_shared<int>(0);
    int abandoned = 0;
    {
        asio::io_context context;
        using promise = settle::promise<int, asio::io_context::executor_type>;
        std::optional<promise> first;
        std::optional<promise> second;
        // Each handler returns the other's promise.
        first.emplace(settle::resolved(context).then(
            [&second, captured] { return *std::exchange(second, std::nullopt); }));
        second.emplace(settle::resolved(context).then(
            [&first, captured] { return *std::exchange(first, std::nullopt); }));
        context.run();
        BOOST_TEST(!first.has_value());
        BOOST_TEST(!second.has_value());
        BOOST_TEST(captured.use_count() == 3);
    }
    BOOST_TEST(captured.use_count() == 1);
    {
        asio::io_context context;
        using promise = settle::promise<void, asio::io_context::executor_type>;
        std::optional<promise> first;
        std::optional<promise> second;
        std::optional<promise> third;
        // The same of cleanups, shared promises and links between.
        first.emplace(settle::resolved(context).finally(
            [&second, captured] { return *std::exchange(second, std::nullopt); }));
        second.emplace(settle::resolved(context)
                           .then([&third, captured] {
                               auto taken = *std::exchange(third, std::nullopt);
                               return std::move(taken).share();
                           })
                           .then([captured] {}));
        third.emplace(settle::resolved(context)
                          .then([&first, captured] { return *std::exchange(first, std::nullopt); })
                          .finally([captured] {}));
        context.poll(); // a cleanup in flight keeps the loop running
        BOOST_TEST(captured.use_count() > 4);
        abandoned = static_cast<int>(reports.count());
    }
    BOOST_TEST(abandoned == 0);
    BOOST_TEST(captured.use_count() == 1);
    // The cleanup that waited for the ring, and the one that never ran.
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 2u);
    BOOST_TEST(reports.count() == 2u);
}

// Nobody looks at the shared promise, whose handles go or stay; it has no outcome when its context
// is destroyed.
BOOST_AUTO_TEST_CASE(unsettled_shared_promise_goes_with_its_context, *label("B1") * label("B5"))
{
    for (const bool kept : {false, true}) {
        support::report_collector reports;
        const auto captured = std::make_shared<int>(0);
        using shared = settle::shared_promise<int, asio::io_context::executor_type>;
        std::optional<shared> handle;
        asio::io_context elsewhere;
        auto undecided = settle::with_resolvers<int>(elsewhere);
        {
            asio::io_context context;
            handle.emplace(
                settle::resolved(context)
                    .then([&undecided, captured] { return std::move(undecided.promise); })
                    .share());
            context.run();
            if (!kept)
                handle.reset();
        }
        if (kept)
            handle->then([captured](int) {}).detach();
        undecided.resolver.resolve(7);
        elsewhere.run();
        handle.reset();
        BOOST_TEST(captured.use_count() == 1);
        BOOST_TEST(reports.count() == 0u);
    }
}

// What waited goes with its own context; what it waited for is another's, and ends there unheard.
BOOST_AUTO_TEST_CASE(promise_is_forsaken_by_what_waited_for_it, *label("B1") * label("B5"))
{
    for (const bool fails : {false, true}) {
        support::report_collector reports;
        const auto captured = std::make_shared<int>(0);
        asio::io_context living;
        auto made = settle::with_resolvers<int>(living);
        int ran = 0;
        {
            asio::io_context dying;
            settle::resolved(dying)
                .then(asio::bind_executor(living, [p = std::move(made.promise),
                                                   captured]() mutable { return std::move(p); }))
                .then([&ran, captured](int) { ++ran; })
                .detach();
            dying.poll();
            living.poll();
            BOOST_TEST(captured.use_count() == 3);
        }
        BOOST_TEST(captured.use_count() == 2);
        living.restart();
        if (fails)
            made.resolver.reject(errc::timed_out);
        else
            made.resolver.resolve(1);
        living.run();
        BOOST_TEST(ran == 0);
        BOOST_TEST(captured.use_count() == 1);
        BOOST_TEST(reports.count() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(memory_goes_back_to_its_allocator, *label("B1"))
{
    support::allocation_counts counts;
    const support::counting_allocator<int> allocator(counts);
    std::optional<settle::promise<void>> outlives;
    {
        asio::io_context context;
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p)
            .then(asio::bind_allocator(allocator, [own = r](int) {}))
            .finally(asio::bind_allocator(allocator, [&] { return settle::resolved(context); }))(
                asio::bind_allocator(allocator, [](std::exception_ptr) {}));
        outlives.emplace(settle::resolved(context).then(asio::bind_allocator(allocator, [] {})));
        BOOST_TEST(counts.live == 4);
    }
    outlives.reset();
    BOOST_TEST(counts.live == 0);
}

BOOST_AUTO_TEST_CASE(contexts_may_die_in_any_order, *label("B1"))
{
    for (const bool home_first : {true, false}) {
        support::report_collector reports;
        int ran = 0;
        const auto captured = std::make_shared<int>(0);
        auto home = std::make_unique<asio::io_context>();
        auto other = std::make_unique<asio::io_context>();
        settle::resolved(*home)
            .then(asio::bind_executor(*other, [&ran, captured] { ++ran; }))
            .then([&ran, captured] { ++ran; })
            .detach();
        (home_first ? home : other).reset();
        (home_first ? other : home).reset();
        BOOST_TEST(ran == 0);
        BOOST_TEST(captured.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(link_bound_to_a_dead_context_breaks_while_its_own_lives, *label("B3"))
{
    support::report_collector reports;
    asio::io_context home;
    int handlers = 0;
    int cleanups = 0;
    int broken = 0;
    {
        asio::io_context other;
        settle::resolved(home)
            .then(asio::bind_executor(other, [&] { ++handlers; }))
            .finally([&] { ++cleanups; })
            .catch_([&](settle::error_code ec) { broken += ec == errc::broken_promise ? 1 : 0; })
            .detach();
    }
    home.run();
    BOOST_TEST(handlers == 0);
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(broken == 1);
    BOOST_TEST(reports.count() == 0U);
}
