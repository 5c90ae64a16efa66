// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Decisions, consumers and drops that meet from several threads.

#include <settle/promise.hpp>

#include "support/race.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

using support::race;
using support::rounds;
using executor = asio::io_context::executor_type;
using promise = settle::promise<std::unique_ptr<int>, executor>;
using resolver = settle::resolver<std::unique_ptr<int>, executor>;

// A pending promise for each round.
struct contest {
    void renew()
    {
        auto made = settle::with_resolvers<std::unique_ptr<int>>(context);
        waiting.emplace(std::move(made.promise));
        deciding.emplace(std::move(made.resolver));
    }

    void run()
    {
        context.restart();
        context.run();
    }

    asio::io_context context;
    std::optional<promise> waiting;
    std::optional<resolver> deciding;
};

} // namespace

BOOST_AUTO_TEST_CASE(one_of_racing_decisions_wins, *label("P1") * label("E8"))
{
    contest c;
    std::atomic<int> winners = 0;
    std::atomic<int> winner = 0;
    int settled = 0;
    const auto won = [&](bool decided, int who) {
        if (decided) {
            ++winners;
            winner = who;
        }
    };
    race(
        [&] {
            c.renew();
            winners = 0;
        },
        [&] {
            BOOST_TEST(winners == 1);
            std::move(*c.waiting)
                .then([&](std::unique_ptr<int> i) { return *i; },
                      [&](const settle::reason&) { return 3; })
                .then([&](int who) {
                    ++settled;
                    BOOST_TEST(who == winner);
                })
                .detach();
            c.run();
        },
        [&] { won(c.deciding->resolve(std::make_unique<int>(1)), 1); },
        [&] { won(c.deciding->resolve(std::make_unique<int>(2)), 2); },
        [&] { won(c.deciding->reject(errc::timed_out), 3); });
    BOOST_TEST(settled == rounds);
}

BOOST_AUTO_TEST_CASE(handler_attached_while_it_settles_runs_once, *label("P2") * label("E8"))
{
    contest c;
    int ran = 0;
    race([&] { c.renew(); }, [&] { c.run(); },
         [&] { c.deciding->resolve(std::make_unique<int>(1)); },
         [&] {
             std::move(*c.waiting)
                 .then([&](std::unique_ptr<int> i) { ran += *i; })
                 .finally([&] { ++ran; })
                 .detach();
         });
    BOOST_TEST(ran == 2 * rounds);
}

BOOST_AUTO_TEST_CASE(promise_dropped_while_it_is_rejected_is_reported_once,
                     *label("U1") * label("E8"))
{
    support::report_collector reports;
    contest c;
    race([&] { c.renew(); }, [] {}, [&] { c.deciding->reject(errc::timed_out); },
         [&] { std::move(*c.waiting).detach(); });
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) ==
               static_cast<std::size_t>(rounds));
    BOOST_TEST(reports.count() == static_cast<std::size_t>(rounds));
}

BOOST_AUTO_TEST_CASE(promise_dropped_while_it_is_fulfilled_frees_its_value,
                     *label("P9") * label("E8"))
{
    contest c;
    race([&] { c.renew(); }, [] {}, [&] { c.deciding->resolve(std::make_unique<int>(1)); },
         [&] { c.waiting.reset(); });
    BOOST_TEST(c.context.poll() == 0U);
}

BOOST_AUTO_TEST_CASE(last_of_the_resolvers_dropped_at_once_breaks_the_promise,
                     *label("P8") * label("E8"))
{
    contest c;
    std::optional<resolver> first;
    std::optional<resolver> second;
    int broken = 0;
    race(
        [&] {
            c.renew();
            first.emplace(*c.deciding);
            second.emplace(*c.deciding);
            std::move(*c.waiting)
                .then([](std::unique_ptr<int>) {},
                      [&](settle::error_code ec) { broken += ec == errc::broken_promise ? 1 : 0; })
                .detach();
        },
        [&] { c.run(); }, [&] { first.reset(); }, [&] { second.reset(); },
        [&] { c.deciding.reset(); });
    BOOST_TEST(broken == rounds);
}

BOOST_AUTO_TEST_CASE(decision_and_drop_of_other_resolvers_do_not_break_it,
                     *label("P8") * label("E8"))
{
    contest c;
    std::optional<resolver> other;
    int fulfilled = 0;
    race(
        [&] {
            c.renew();
            other.emplace(*c.deciding);
            std::move(*c.waiting).then([&](std::unique_ptr<int>) { ++fulfilled; }).detach();
        },
        [&] { c.run(); },
        [&] {
            const auto copy = *other;
            other.reset();
        },
        [&] {
            c.deciding->resolve(std::make_unique<int>(1));
            c.deciding.reset();
        });
    BOOST_TEST(fulfilled == rounds);
}

BOOST_AUTO_TEST_CASE(adoption_while_the_inner_promise_settles_loses_nothing,
                     *label("P4") * label("E8"))
{
    contest outer;
    std::optional<promise> inner;
    std::optional<resolver> deciding_inner;
    int fulfilled = 0;
    race(
        [&] {
            outer.renew();
            auto made = settle::with_resolvers<std::unique_ptr<int>>(outer.context);
            inner.emplace(std::move(made.promise));
            deciding_inner.emplace(std::move(made.resolver));
        },
        [&] { outer.run(); }, [&] { outer.deciding->resolve(std::move(*inner)); },
        [&] { deciding_inner->resolve(std::make_unique<int>(1)); },
        [&] {
            std::move(*outer.waiting)
                .then([&](std::unique_ptr<int> i) { fulfilled += *i; })
                .detach();
        });
    BOOST_TEST(fulfilled == rounds);
}

BOOST_AUTO_TEST_CASE(self_resolution_against_a_rejection_is_decided_once,
                     *label("P5") * label("E8"))
{
    support::report_collector reports;
    contest c;
    std::atomic<int> winners = 0;
    race([&] { c.renew(); },
         [&] {
             c.waiting.reset();
             c.deciding.reset();
         },
         [&] { winners += c.deciding->resolve(std::move(*c.waiting)) ? 1 : 0; },
         [&] { winners += c.deciding->reject(errc::timed_out) ? 1 : 0; });
    BOOST_TEST(winners == rounds);
    BOOST_TEST(reports.count() == static_cast<std::size_t>(rounds));
}

BOOST_AUTO_TEST_CASE(report_handlers_may_be_changed_while_reports_are_made,
                     *label("U3") * label("E8"))
{
    asio::io_context context;
    std::atomic<int> told = 0;
    const auto count = [&](const settle::report&) { ++told; };
    auto previous = settle::set_report_handler(count);
    race([] {}, [] {}, [&] { settle::rejected<int>(context, errc::timed_out).detach(); },
         [&] { settle::set_report_handler(count); },
         [&] { settle::set_report_handler(context, count); },
         [&] { settle::rejected<int>(context, errc::timed_out).detach(); });
    settle::set_report_handler(std::move(previous));
    BOOST_TEST(told == 2 * rounds);
}
