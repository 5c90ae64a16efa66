// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// cancel() between links, through several consumers, and where handlers have executors of their
// own.

#include <settle/combinators.hpp>
#include <settle/shared_promise.hpp>

#include "support/end_of.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::cancellation_type;
using boost::unit_test::label;
using settle::error_code;
using support::end_of;

using executor = asio::io_context::executor_type;
using void_promise = settle::promise<void, executor>;

// Never ends by itself.
struct endless : asio::steady_timer {
    explicit endless(asio::io_context& context)
        : asio::steady_timer(context, std::chrono::steady_clock::time_point::max())
    {
    }
};

error_code code_of(asio::io_context& context, void_promise promise)
{
    auto end = end_of(context, std::move(promise));
    return end ? error_code() : end.error().code();
}

} // namespace

BOOST_AUTO_TEST_CASE(request_is_spent_on_one_operation, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    int recovered = 0;
    std::optional<void_promise> p;
    p.emplace(settle::resolved(context)
                  .then([&] {
                      p->cancel();
                      return timer.async_wait(asio::deferred);
                  })
                  .catch_([&](error_code code) {
                      ++recovered;
                      BOOST_TEST((code == asio::error::operation_aborted));
                      return settle::delay(context, std::chrono::seconds(0));
                  }));
    context.poll();
    BOOST_TEST(!code_of(context, *std::move(p)));
    BOOST_TEST(recovered == 1);
}

BOOST_AUTO_TEST_CASE(request_passes_a_shared_promise_between_links, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    std::optional<void_promise> p;
    p.emplace(settle::resolved(context).then([&] { p->cancel(); }).share().then([&] {
        return timer.async_wait(asio::deferred);
    }));
    context.poll();
    BOOST_TEST((code_of(context, *std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(request_passes_a_combinator_between_links, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    std::optional<void_promise> p;
    p.emplace(settle::all(settle::resolved(context).then([&] { p->cancel(); })).then([&](auto&&) {
        return timer.async_wait(asio::deferred);
    }));
    context.poll();
    BOOST_TEST((code_of(context, *std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(request_passes_an_adopted_promise_between_links, *label("X5"))
{
    asio::io_context context;
    endless timer(context);
    std::optional<void_promise> p;
    p.emplace(settle::resolved(context)
                  .then([&] { return settle::resolved(context).then([&] { p->cancel(); }); })
                  .then([&] { return timer.async_wait(asio::deferred); }));
    context.poll();
    BOOST_TEST((code_of(context, *std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(either_handlers_result_is_waited_for_on_its_own_executor, *label("E1"))
{
    asio::io_context context;
    asio::io_context elsewhere;
    std::optional<asio::any_io_executor> ran_on;
    const auto body = [&]() -> asio::awaitable<void> {
        ran_on = co_await asio::this_coro::executor;
    };
    settle::resolved(context)
        .then(asio::bind_executor(elsewhere.get_executor(), body), [](const settle::reason&) {})
        .detach();
    context.poll();
    elsewhere.poll();
    context.poll();
    elsewhere.restart();
    elsewhere.poll();
    BOOST_REQUIRE(ran_on.has_value());
    BOOST_TEST((*ran_on == elsewhere.get_executor()));
}

BOOST_AUTO_TEST_CASE(either_handlers_result_is_cancelled_on_its_own_executor, *label("X5"))
{
    asio::io_context context;
    asio::io_context elsewhere;
    endless timer(elsewhere);
    auto p = settle::resolved(context).then(
        asio::bind_executor(elsewhere.get_executor(),
                            [&] { return timer.async_wait(asio::deferred); }),
        [](const settle::reason&) {});
    elsewhere.poll();
    p.cancel();
    BOOST_TEST(context.poll() == 0u);
    elsewhere.restart();
    elsewhere.poll();
    BOOST_TEST((code_of(context, std::move(p)) == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(losers_are_not_asked_from_inside_the_combinator, *label("E1") * label("P10"))
{
    asio::io_context context;
    auto [q, r] = settle::with_resolvers<void>(context);
    int asked = 0;
    r.slot().assign([&](cancellation_type) { ++asked; });
    std::vector<void_promise> one;
    one.push_back(std::move(q));
    struct failing {
        void_promise operator()(void_promise& from) const
        {
            if (++*walked > 1)
                throw std::runtime_error("no more");
            return std::move(from);
        }
        int* walked;
    };
    auto [second, unused] = settle::with_resolvers<void>(context);
    one.push_back(std::move(second));
    int walked = 0;
    asio::post(context, [&] {
        auto all = settle::all(settle::cancel_losers, context,
                               one | std::views::transform(failing{&walked}));
        BOOST_TEST(asked == 0);
        std::move(all).then([](auto&&) {}, [](const std::runtime_error&) {}).detach();
    });
    context.poll();
    BOOST_TEST(asked == 1);
    r.resolve();
    unused.resolve();
    context.poll();
}
