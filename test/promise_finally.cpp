// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The member finally with what it guarantees besides the matrix of outcomes.

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

// Throws at the n-th move.
struct throws_on_move {
    explicit throws_on_move(int n)
        : moves_left(n)
    {
    }
    throws_on_move(throws_on_move&& other)
        : moves_left(other.moves_left - 1)
    {
        if (moves_left == 0)
            throw support::operation_error();
    }
    int moves_left;
};

// Counts the starts of an asynchronous cleanup and ends when it is told to.
class gated_cleanup {
public:
    explicit gated_cleanup(asio::io_context& context)
        : made_(settle::with_resolvers<void>(context))
    {
    }

    auto operator()()
    {
        ++starts;
        return std::move(made_.promise);
    }

    [[nodiscard]] auto resolver() const { return made_.resolver; }

    int starts = 0;

private:
    settle::promise_with_resolvers<void, asio::io_context::executor_type> made_;
};

} // namespace

BOOST_AUTO_TEST_CASE(what_a_cleanup_returns_is_ignored, *label("F2"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 1)
                 .finally([] { return 99; })
                 .finally([] { return std::string("ignored"); })
                 .finally([]() -> std::unique_ptr<int> { return nullptr; })
                 .finally([]() -> settle::error_code { return errc::timed_out; });
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(value_passes_moved_and_never_copied, *label("F3"))
{
    asio::io_context context;
    support::counted::copies = 0;
    auto p = settle::resolved(context, support::counted(7)).finally([] {}).finally([&] {
        return settle::resolved(context);
    });
    BOOST_TEST(end_of(context, std::move(p))->id() == 7);
    BOOST_TEST(support::counted::copies == 0);
    auto q = settle::resolved(context, std::make_unique<int>(3)).finally([] {});
    BOOST_TEST(**end_of(context, std::move(q)) == 3);
}

BOOST_AUTO_TEST_CASE(empty_cleanup_passes_the_outcome, *label("F3"))
{
    asio::io_context context;
    void (*no_function)() = nullptr;
    const std::function<settle::promise<void>()> no_cleanup;
    auto p = settle::resolved(context, 1)
                 .finally(nullptr)
                 .finally(no_function)
                 .finally(std::function<void()>())
                 .finally(no_cleanup);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
    auto q = settle::rejected<int>(context, errc::timed_out).finally(nullptr).finally(no_cleanup);
    BOOST_TEST((end_of(context, std::move(q)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(failure_passes_as_the_same_object, *label("F4"))
{
    asio::io_context context;
    const auto thrown = std::make_exception_ptr(support::operation_error());
    auto p = settle::rejected<int>(context, thrown).finally([] {}).finally([&] {
        return settle::resolved(context, 5);
    });
    BOOST_TEST((end_of(context, std::move(p)).error().exception() == thrown));
    auto q = settle::rejected<void>(context, asio::error::eof).finally([] {});
    const auto code = end_of(context, std::move(q)).error();
    BOOST_TEST(code.holds_code());
    BOOST_TEST((code.code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(cleanup_that_throws_replaces_the_value, *label("F5"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 1).finally([] { throw support::cleanup_error(); });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(why.exception()));
    BOOST_TEST(why.suppressed().empty());
}

BOOST_AUTO_TEST_CASE(cleanup_that_yields_a_rejection_replaces_the_value, *label("F6"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 1).finally([&] {
        return settle::rejected<int>(context, errc::timed_out);
    });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST((why.code() == errc::timed_out));
    BOOST_TEST(why.holds_code());
}

BOOST_AUTO_TEST_CASE(outcome_waits_for_the_cleanup, *label("F7") * label("F15"))
{
    asio::io_context context;
    gated_cleanup cleanup(context);
    const auto gate = cleanup.resolver();
    std::vector<std::string> order;
    settle::resolved(context, 1)
        .finally(std::move(cleanup))
        .finally([&] { order.emplace_back("outer cleanup"); })
        .then([&](int) { order.emplace_back("downstream"); })
        .detach();
    context.poll();
    BOOST_TEST(order.empty());
    gate.resolve();
    context.run();
    BOOST_TEST((order == std::vector<std::string>{"outer cleanup", "downstream"}));
}

BOOST_AUTO_TEST_CASE(both_failures_are_kept_flat_and_in_order, *label("F9"))
{
    support::report_collector reports;
    asio::io_context context;
    auto p = settle::rejected<int>(context, std::logic_error("0"))
                 .finally([] { throw std::runtime_error("1"); })
                 .finally([&] { return settle::rejected<void>(context, errc::timed_out); })
                 .finally([] {})
                 .finally([] { throw support::cleanup_error(); });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(why.exception()));
    BOOST_TEST_REQUIRE(why.suppressed().size() == 3U);
    BOOST_TEST(why.suppressed()[0].message() == "0");
    BOOST_TEST(why.suppressed()[1].message() == "1");
    BOOST_TEST((why.suppressed()[2].code() == errc::timed_out));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(cleanups_own_displaced_reasons_come_after_the_original, *label("F9"))
{
    asio::io_context context;
    auto p = settle::rejected<int>(context, std::logic_error("original")).finally([&] {
        return settle::rejected<int>(context, std::runtime_error("inner")).finally([] {
            throw support::cleanup_error();
        });
    });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST_REQUIRE(why.suppressed().size() == 2U);
    BOOST_TEST(why.suppressed()[0].message() == "original");
    BOOST_TEST(why.suppressed()[1].message() == "inner");
}

BOOST_AUTO_TEST_CASE(typed_catch_still_matches_the_cleanups_own_type, *label("F9"))
{
    support::report_collector reports;
    asio::io_context context;
    auto p = settle::rejected<int>(context, support::operation_error())
                 .finally([] { throw support::cleanup_error(); })
                 .catch_([](const support::operation_error&) { return 1; })
                 .catch_([](const support::cleanup_error&) { return 2; });
    BOOST_TEST(*end_of(context, std::move(p)) == 2);
    BOOST_TEST(reports.count(settle::report_kind::displaced_reason) == 1U);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_once_however_the_promise_ends, *label("F10"))
{
    asio::io_context context;
    int runs = 0;
    const auto count = [&] { ++runs; };
    auto broken = settle::promise<int>(context, [](const settle::resolver<int>&) {}).finally(count);
    BOOST_TEST((end_of(context, std::move(broken)).error().code() == errc::broken_promise));
    BOOST_TEST(runs == 1);
    auto [p, r] = settle::with_resolvers<int>(context);
    auto pending = std::move(p).finally(count);
    context.restart();
    context.run();
    BOOST_TEST(runs == 1);
    r.resolve(1);
    BOOST_TEST(*end_of(context, std::move(pending)) == 1);
    BOOST_TEST(runs == 2);
    settle::resolved(context, 1).finally(count).detach(); // dropped, and still pending
    context.restart();
    context.run();
    BOOST_TEST(runs == 3);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_when_storing_the_value_throws, *label("F10"))
{
    asio::io_context context;
    int runs = 0;
    auto [p, r] = settle::with_resolvers<throws_on_move>(context);
    auto q = std::move(p).finally([&] { ++runs; }).then([](const throws_on_move&) {});
    r.resolve(throws_on_move(1));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(q)).error().exception()));
    BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_when_moving_the_value_on_throws, *label("F10"))
{
    asio::io_context context;
    int runs = 0;
    for (const bool asynchronous : {false, true}) {
        auto [p, r] = settle::with_resolvers<throws_on_move>(context);
        const auto cleanup = [&]() -> settle::promise<void> {
            ++runs;
            return settle::resolved(context);
        };
        auto link =
            asynchronous ? std::move(p).finally(cleanup) : std::move(p).finally([&] { ++runs; });
        auto q = std::move(link).then([](const throws_on_move&) {});
        r.resolve(throws_on_move(2)); // stored by its first move, passed on by its second
        BOOST_TEST(support::holds<support::operation_error>(
            end_of(context, std::move(q)).error().exception()));
    }
    BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(cleanup_whose_start_throws_replaces_and_keeps_the_original, *label("F12"))
{
    asio::io_context context;
    const auto initiation_throws = [](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code)>(
            [](auto handler) {
                const auto taken = std::move(handler);
                throw support::cleanup_error();
            },
            token);
    };
    auto p = settle::rejected<int>(context, support::operation_error()).finally([&] {
        return initiation_throws;
    });
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(why.exception()));
    BOOST_TEST_REQUIRE(why.suppressed().size() == 1U);
    BOOST_TEST(support::holds<support::operation_error>(why.suppressed()[0].exception()));
}

BOOST_AUTO_TEST_CASE(throw_of_the_final_handler_is_nobodys_cleanup_failure,
                     *label("F13") * label("E10"))
{
    support::report_collector reports;
    asio::io_context context;
    int runs = 0;
    int after = 0;
    auto p = settle::resolved(context, 1).finally([&] { ++runs; });
    std::move(p)([](std::exception_ptr e, int i) {
        BOOST_TEST(!e);
        BOOST_TEST(i == 1);
        throw std::logic_error("from the final handler");
    });
    settle::resolved(context).then([&] { ++after; }).detach();
    BOOST_CHECK_THROW(context.run(), std::logic_error);
    context.restart();
    context.run();
    BOOST_TEST(runs == 1);
    BOOST_TEST(after == 1);
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(cleanup_lives_until_its_coroutine_has_ended, *label("F14"))
{
    asio::io_context context;
    const auto witness = std::make_shared<int>(7);
    int seen = 0;
    long owners_downstream = 0;
    auto cleanup = [&seen, &context, w = witness]() -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        seen = *w;
    };
    auto p = settle::resolved(context, 1).finally(std::move(cleanup)).then([&](int) {
        owners_downstream = witness.use_count();
    });
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(seen == 7);
    BOOST_TEST(owners_downstream == 1);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_run_from_the_inside_out, *label("F16"))
{
    asio::io_context context;
    std::string order;
    auto p = settle::resolved(context, 1)
                 .finally([&] {
                     order += 'a';
                     return settle::resolved(context).then([&] { order += 'A'; });
                 })
                 .finally([&] { order += 'b'; })
                 .finally([&] { order += 'c'; });
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
    BOOST_TEST(order == "aAbc");
}
