// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Contexts that are destroyed while combinators wait.

#include <settle/combinators.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
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
using namespace std::chrono_literals;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

// Combinators in every state: what they wait for settles turn by turn, or never.
class scenario {
public:
    scenario(asio::io_context& context, bool& dying, const std::shared_ptr<int>& captured)
        : never_(settle::with_resolvers<int>(context).resolver)
    {
        const auto step = [&dying, captured](auto&&...) {
            if (dying)
                BOOST_ERROR("called while the context dies");
        };
        const auto value = [captured] { return captured; };
        auto pending = settle::with_resolvers<int>(context);
        never_ = pending.resolver;
        const auto shared = std::move(pending.promise).share();
        const auto early = settle::resolved(context).then(value).share();
        const auto endless = settle::delay(context, 24h).share();
        const auto failing = settle::rejected<int>(context, errc::timed_out).share();

        settle::all(early, settle::resolved(context).then([] {}).then(value)).then(step).detach();
        settle::all(early, shared, endless).then(step, step).detach();
        settle::all(settle::cancel_losers, failing, shared, endless).then(step, step).detach();
        settle::all_settled(failing, early, shared).then(step, step).detach();
        settle::any(failing, shared, early, endless).then(step, step).detach();
        settle::any(context, std::vector{failing, failing}).then(step, step).detach();
        settle::race(settle::cancel_losers, settle::delay(context, 24h), early)
            .then(step, step)
            .detach();
        settle::race(context, std::vector{shared, shared}).then(step, step).detach();
        settle::timeout(0ns, shared).then(step, step).detach();
        settle::timeout(24h, settle::delay(context, 0ns)).then(step, step).detach();
        settle::timeout(24h, settle::all(endless, shared)).then(step, step).detach();
        kept_.emplace(settle::all(shared, early));
        asio::co_spawn(
            context,
            [](asio::io_context& c, std::shared_ptr<int> held) -> asio::awaitable<void> {
                // Holds the resolver of what it waits for.
                auto own = settle::with_resolvers<void>(c);
                auto all = settle::all(std::move(own.promise), settle::resolved(c))
                               .then([held](auto, auto) {});
                co_await std::move(all)(asio::use_awaitable);
            }(context, captured),
            asio::detached);
    }

private:
    settle::resolver<int, asio::io_context::executor_type> never_;
    std::optional<settle::promise<std::tuple<int, std::shared_ptr<int>>>> kept_;
};

} // namespace

BOOST_AUTO_TEST_CASE(context_destroyed_at_any_moment_leaks_and_calls_nothing,
                     *label("B1") * label("B5") * label("P10"))
{
    for (const bool objects_first : {true, false}) {
        for (int steps = 0;; ++steps) {
            support::report_collector reports;
            bool dying = false;
            const auto captured = std::make_shared<int>(0);
            auto context = std::make_unique<asio::io_context>();
            auto objects = std::make_unique<scenario>(*context, dying, captured);
            int ran = 0;
            while (ran < steps && context->poll_one() == 1)
                ++ran;
            dying = true;
            const auto reported = reports.count();
            if (objects_first)
                objects.reset();
            context.reset();
            objects.reset();
            BOOST_TEST(captured.use_count() == 1);
            if (!objects_first)
                BOOST_TEST(reports.count() == reported);
            if (ran < steps)
                break;
            BOOST_REQUIRE(steps < 1000);
        }
    }
}

BOOST_AUTO_TEST_CASE(input_whose_context_dies_is_a_broken_promise, *label("B3") * label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto other = std::make_unique<asio::io_context>();
    auto made = settle::with_resolvers<int>(*other);
    settle::promise<int> held = std::move(made.promise);
    settle::promise<int> here = settle::resolved(context, 1);
    auto all = settle::all_settled(std::move(here), std::move(held));
    context.run();
    other.reset();
    const auto [first, second] = end_of(context, std::move(all)).value();
    BOOST_TEST(*first == 1);
    BOOST_TEST((second.error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(operation_dropped_with_another_context_is_a_broken_promise,
                     *label("B3") * label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    auto other = std::make_unique<asio::io_context>();
    settle::promise<void> waiting = settle::delay(*other, 24h);
    settle::promise<int> fine = settle::resolved(context, 1);
    auto any = settle::any(std::move(fine), std::move(waiting));
    settle::promise<void> again = settle::delay(*other, 24h);
    auto race = settle::race(settle::with_resolvers<int>(context).promise, std::move(again));
    static_cast<void>(race);
    other.reset();
    BOOST_TEST(std::get<int>(end_of(context, std::move(any)).value()) == 1);
    BOOST_TEST((end_of(context, std::move(race)).error().code() == errc::broken_promise));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(result_whose_context_has_gone_is_abandoned, *label("B6") * label("P10"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto captured = std::make_shared<int>(0);
    auto made = settle::with_resolvers<std::shared_ptr<int>>(context);
    {
        asio::io_context other;
        std::vector<settle::promise<std::shared_ptr<int>>> promises;
        promises.push_back(std::move(made.promise));
        settle::all(other, std::move(promises))
            .then([captured](const auto&) { BOOST_ERROR("called"); })
            .detach();
    }
    made.resolver.resolve(captured);
    context.run();
    {
        const auto last = std::move(made.resolver);
    }
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(result_kept_beyond_the_context_can_be_dropped_and_cancelled,
                     *label("B6") * label("X5") * label("P10"))
{
    support::report_collector reports;
    auto context = std::make_unique<asio::io_context>();
    auto made = settle::with_resolvers<int>(*context);
    auto all = settle::all(std::move(made.promise), settle::delay(*context, 24h));
    auto limited = settle::timeout(24h, settle::delay(*context, 24h));
    context.reset();
    all.cancel();
    limited.cancel();
    BOOST_TEST(!made.resolver.resolve(1));
    std::move(all).detach();
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(stopped_loop_goes_on_where_it_was, *label("B4") * label("P10"))
{
    asio::io_context context;
    // Each continuation by itself, so that the loop stops between two.
    const auto strand = asio::make_strand(context);
    auto all = settle::all(settle::resolved(strand, 1), settle::resolved(strand, 2));
    int sum = 0;
    std::move(all).then([&](int a, int b) { sum = a + b; }).detach();
    BOOST_TEST(context.run_one() == 1U);
    context.stop();
    context.run();
    BOOST_TEST(sum == 0);
    context.restart();
    context.run();
    BOOST_TEST(sum == 3);
}
