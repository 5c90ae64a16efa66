// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A context that is destroyed while coroutines are suspended.

#include <settle/coroutine.hpp>

#include "support/report_collector.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <optional>
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

asio::awaitable<int> awaits(witness& w, std::shared_ptr<int>)
{
    w.step();
    auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    w.step();
    co_return 1;
}

settle::promise<int> holds_its_resolver(asio::io_context& context, witness& w, std::shared_ptr<int>)
{
    auto own = settle::with_resolvers<int>(context);
    w.step();
    co_return co_await std::move(own.promise);
}

settle::promise<int> returns_what_never_ends(asio::io_context& context, witness& w,
                                             std::shared_ptr<int> keep)
{
    w.step();
    co_await settle::resolved(context);
    co_return holds_its_resolver(context, w, keep);
}

settle::promise<void> waits_for_ever(asio::io_context& context, witness& w, std::shared_ptr<int>)
{
    asio::steady_timer never(context, asio::steady_timer::time_point::max());
    w.step();
    co_await never.async_wait(asio::deferred);
    w.step();
}

settle::promise<int> everything(asio::io_context& context, witness& w, std::shared_ptr<int> keep)
{
    asio::steady_timer timer(context, asio::steady_timer::time_point::min());
    w.step();
    co_await settle::resolved(context);
    w.step();
    co_await timer.async_wait(asio::deferred);
    w.step();
    const int one = co_await awaits(w, keep);
    w.step();
    const auto shared = settle::resolved(context, one).share();
    const int two = one + co_await shared;
    const auto failed = co_await as_outcome(settle::rejected<int>(context, errc::timed_out));
    w.step();
    auto more = holds_its_resolver(context, w, keep);
    waits_for_ever(context, w, keep).detach();
    const auto lambda = [](asio::io_context& c, witness& seen) -> settle::promise<void> {
        co_await asio::post(c, asio::deferred);
        seen.step();
    };
    co_await lambda(context, w);
    returns_what_never_ends(context, w, keep).then([&w, keep](int) { w.step(); }).detach();
    co_return two + co_await std::move(more) + failed.value();
}

// Runs n handlers and destroys the context; returns how many there were to run.
std::size_t abandon_after(std::size_t n, witness& w, bool settles_service_first)
{
    auto context = std::make_unique<asio::io_context>();
    if (settles_service_first)
        settle::resolved(*context).detach();
    else
        asio::steady_timer(*context).cancel();
    everything(*context, w, w.captured).then([&w, keep = w.captured](int) { w.step(); }).detach();
    std::size_t handlers = 0;
    while (handlers < n && context->poll_one() == 1)
        ++handlers;
    w.dying = true;
    context.reset();
    return handlers;
}

} // namespace

BOOST_AUTO_TEST_CASE(coroutines_in_a_context_destroyed_after_any_number_of_handlers,
                     *label("C2") * label("B1") * label("B5"))
{
    for (const bool settles_service_first : {false, true}) {
        std::size_t n = 0;
        for (;; ++n) {
            support::report_collector reports;
            witness w;
            const auto ran = abandon_after(n, w, settles_service_first);
            BOOST_TEST(w.ran_too_late == 0);
            BOOST_TEST(w.captured.use_count() == 1);
            BOOST_TEST(reports.count() == 0u);
            if (ran < n)
                break;
        }
        BOOST_TEST(n > 6u); // drains, each of several continuations
    }
}

BOOST_AUTO_TEST_CASE(coroutine_that_holds_the_resolver_of_what_it_awaits,
                     *label("C2") * label("B1"))
{
    support::report_collector reports;
    witness w;
    std::optional<settle::promise<int>> outlives;
    {
        asio::io_context context;
        holds_its_resolver(context, w, w.captured).detach();
        outlives = holds_its_resolver(context, w, w.captured);
        context.run();
        BOOST_TEST(w.captured.use_count() == 3);
    }
    BOOST_TEST(w.captured.use_count() == 1);
    outlives.reset();
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(cleanup_that_a_coroutine_waited_for_is_reported, *label("C2") * label("B2"))
{
    support::report_collector reports;
    witness w;
    {
        asio::io_context context;
        const auto body = [](asio::io_context& c, witness& seen) -> settle::promise<void> {
            auto cleanup = [&seen] { seen.step(); };
            asio::steady_timer never(c, asio::steady_timer::time_point::max());
            co_await (never.async_wait(asio::deferred) | settle::finally(cleanup));
        };
        body(context, w).detach();
        context.poll();
    }
    BOOST_TEST(w.ran == 0);
    BOOST_TEST(reports.count() == 1u);
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 1u);
}

BOOST_AUTO_TEST_CASE(context_of_an_awaited_coroutine_dies_first, *label("C2") * label("B3"))
{
    support::report_collector reports;
    asio::io_context context;
    auto other = std::make_unique<asio::io_context>();
    witness w;
    settle::error_code seen;
    const auto body = [&](asio::io_context&, settle::promise<int> p) -> settle::promise<void> {
        const auto end = co_await settle::as_outcome(settle::promise<int>(std::move(p)));
        BOOST_TEST((end.error().code() == errc::broken_promise));
        w.step();
    };
    const auto directly = [&](asio::io_context&, settle::promise<int> p) -> settle::promise<void> {
        try {
            co_await std::move(p);
        } catch (const boost::system::system_error& e) {
            seen = e.code();
        }
        w.step();
    };
    body(context, holds_its_resolver(*other, w, nullptr)).detach();
    directly(context, holds_its_resolver(*other, w, nullptr)).detach();
    other.reset();
    BOOST_TEST(w.ran == 2); // it posts
    context.run();
    BOOST_TEST(w.ran == 4);
    BOOST_TEST((seen == errc::broken_promise));
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(long_chain_of_suspended_coroutines, *label("C2") * label("B1") * label("E2"))
{
    support::report_collector reports;
    witness w;
    {
        asio::io_context context;
        settle::promise<int> last = holds_its_resolver(context, w, w.captured);
        const auto link = [](settle::promise<int> p, std::shared_ptr<int>) -> settle::promise<int> {
            co_return 1 + co_await std::move(p);
        };
        for (int i = 0; i < 100'000; ++i)
            last = link(std::move(last), w.captured);
        std::move(last).detach();
    }
    BOOST_TEST(w.captured.use_count() == 1);
    BOOST_TEST(reports.count() == 0u);
}

settle::promise<int> awaits_the_other(asio::io_context& context,
                                      std::optional<settle::promise<int>>& other,
                                      std::shared_ptr<int>)
{
    co_await settle::resolved(context);
    auto taken = *std::exchange(other, std::nullopt);
    co_return co_await std::move(taken);
}

BOOST_AUTO_TEST_CASE(coroutines_that_await_each_other_go_with_their_context,
                     *label("C2") * label("B1"))
{
    const auto captured = std::make_shared<int>(0);
    {
        asio::io_context context;
        std::optional<settle::promise<int>> first;
        std::optional<settle::promise<int>> second;
        first.emplace(awaits_the_other(context, second, captured));
        second.emplace(awaits_the_other(context, first, captured));
        context.run();
        BOOST_TEST(!first.has_value());
        BOOST_TEST(!second.has_value());
        BOOST_TEST(captured.use_count() == 3);
    }
    BOOST_TEST(captured.use_count() == 1);
}
