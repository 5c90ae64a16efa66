// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/shared_promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <concepts>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

void run(asio::io_context& context)
{
    context.restart();
    context.run();
}

// Counts how often it was copied and moved.
struct traveller {
    traveller() = default;
    traveller(const traveller& other)
        : copies(other.copies + 1)
        , moves(other.moves)
    {
    }
    traveller(traveller&& other) noexcept
        : copies(other.copies)
        , moves(other.moves + 1)
    {
    }
    traveller& operator=(const traveller&) = default;

    int copies = 0;
    int moves = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(every_handler_sees_the_same_object, *label("P2") * label("P4"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, std::string("one")).share();
    auto other = shared;
    std::vector<const std::string*> seen;
    const auto look = [&](const std::string& value) {
        BOOST_TEST(value == "one");
        seen.push_back(&value);
    };
    shared.then(look).detach();
    other.then(look).detach();
    std::as_const(other).then(look).detach();
    BOOST_TEST(seen.empty());
    run(context);
    BOOST_REQUIRE(seen.size() == 3u);
    BOOST_TEST(seen[0] == seen[1]);
    BOOST_TEST(seen[1] == seen[2]);
}

BOOST_AUTO_TEST_CASE(links_give_promises_of_their_own, *label("P4"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto shared = std::move(p).share();
    auto next = shared.then([](const int& i) { return std::to_string(i); });
    static_assert(std::same_as<decltype(next),
                               settle::promise<std::string, asio::io_context::executor_type>>);
    auto caught = shared.then([](int) -> int { throw std::runtime_error("no"); })
                      .catch_([](const std::runtime_error&) { return -1; });
    auto adopted = shared.then([&](int i) { return settle::resolved(context, i + 1); });
    r.resolve(41);
    BOOST_TEST(*end_of(context, std::move(next)) == "41");
    BOOST_TEST(*end_of(context, std::move(caught)) == -1);
    BOOST_TEST(*end_of(context, std::move(adopted)) == 42);
}

BOOST_AUTO_TEST_CASE(continuations_run_in_the_order_they_were_attached, *label("E2"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<void>(context);
    auto shared = std::move(p).share();
    auto other = shared;
    std::vector<int> order;
    for (int i = 0; i < 100; ++i)
        (i % 3 ? shared : other).then([&, i] { order.push_back(i); }).detach();
    r.resolve();
    for (int i = 100; i < 110; ++i)
        shared.then([&, i] { order.push_back(i); }).detach();
    run(context);
    BOOST_REQUIRE(order.size() == 110u);
    for (int i = 0; i < 110; ++i)
        BOOST_TEST(order[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(rejection_reaches_every_consumer_whole, *label("P6") * label("F4"))
{
    asio::io_context context;
    const auto thrown = std::make_exception_ptr(std::out_of_range("far"));
    auto shared = settle::rejected<int>(context, thrown).share();
    int caught = 0;
    shared.catch_([&](const std::out_of_range&) { return ++caught; }).detach();
    shared
        .catch_([&](std::exception_ptr e) {
            BOOST_TEST((e == thrown));
            return ++caught;
        })
        .detach();
    shared
        .then([](int) { BOOST_ERROR("not fulfilled"); },
              [&](const settle::reason& why) {
                  BOOST_TEST((why.exception() == thrown));
                  ++caught;
              })
        .detach();
    BOOST_TEST((end_of(context, shared.finally([] {})).error().exception() == thrown));
    BOOST_TEST(caught == 3);
}

BOOST_AUTO_TEST_CASE(code_is_caught_as_the_exception_it_stands_for, *label("P6") * label("P7"))
{
    asio::io_context context;
    auto shared = settle::rejected<int>(context, asio::error::eof).share();
    int caught = 0;
    for (int i = 0; i < 2; ++i) {
        shared
            .catch_([&](const boost::system::system_error& e) {
                BOOST_TEST((e.code() == asio::error::eof));
                return ++caught;
            })
            .detach();
    }
    shared.catch_<std::runtime_error>([&](auto&) { return ++caught; }).detach();
    auto passed = shared.then([](int) {});
    BOOST_TEST(end_of(context, std::move(passed)).error().holds_code());
    BOOST_TEST(caught == 3);
}

BOOST_AUTO_TEST_CASE(finally_copies_the_value_once, *label("F3"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, traveller()).share();
    int cleanups = 0;
    std::optional<traveller> end;
    shared.finally([&] { ++cleanups; }).then([&](traveller&& value) { end = value; }).detach();
    run(context);
    BOOST_TEST(cleanups == 1);
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST(end->copies == 2); // the one, and the handler's own
}

BOOST_AUTO_TEST_CASE(move_only_value_is_looked_at, *label("F3") * label("P4"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, std::make_unique<int>(7)).share();
    auto size = shared.then([](const std::unique_ptr<int>& p) { return *p; });
    auto with_both = shared.then([](const std::unique_ptr<int>& p) { return *p + 1; },
                                 [](const settle::reason&) { return 0; });
    BOOST_TEST(*end_of(context, std::move(size)) == 7);
    BOOST_TEST(*end_of(context, std::move(with_both)) == 8);
}

BOOST_AUTO_TEST_CASE(tuple_is_taken_apart, *label("P4"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, std::tuple(1, std::string("two"))).share();
    auto end =
        shared.then([](const int& i, const std::string& s) { return s + std::to_string(i); });
    BOOST_TEST(*end_of(context, std::move(end)) == "two1");
}

BOOST_AUTO_TEST_CASE(cleanups_of_several_consumers_each_run_and_are_waited_for,
                     *label("F7") * label("F8") * label("F10"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto shared = std::move(p).share();
    auto [cleanup_end, cleanup_done] = settle::with_resolvers<void>(context);
    auto cleanup = std::move(cleanup_end).share();
    int started = 0;
    int ended = 0;
    for (int i = 0; i < 2; ++i) {
        shared
            .finally([&] {
                ++started;
                return cleanup;
            })
            .then([&](int v) {
                BOOST_TEST(v == 5);
                ++ended;
            })
            .detach();
    }
    r.resolve(5);
    context.poll(); // a cleanup in flight keeps the loop running
    BOOST_TEST(started == 2);
    BOOST_TEST(ended == 0);
    cleanup_done.resolve();
    run(context);
    BOOST_TEST(ended == 2);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_displaces_for_its_own_consumer_only, *label("F6") * label("F9"))
{
    asio::io_context context;
    auto shared = settle::rejected<int>(context, asio::error::eof).share();
    auto failed = shared.finally([&] { return settle::rejected<void>(context, errc::timed_out); });
    auto untouched = shared.finally([] {});
    const auto end = end_of(context, std::move(failed));
    BOOST_TEST((end.error().code() == errc::timed_out));
    BOOST_REQUIRE(end.error().suppressed().size() == 1u);
    BOOST_TEST((end.error().suppressed()[0].code() == asio::error::eof));
    BOOST_TEST(end_of(context, std::move(untouched)).error().suppressed().empty());
}

BOOST_AUTO_TEST_CASE(is_a_deferred_operation_for_any_number, *label("P4") * label("C1"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, std::string("value")).share();
    auto future = shared(asio::use_future);
    int called = 0;
    shared([&](std::exception_ptr e, const std::string& s) {
        BOOST_TEST(!e);
        BOOST_TEST(s == "value");
        ++called;
    });
    settle::as_outcome(shared)([&](settle::outcome<std::string> o) {
        BOOST_TEST(*o == "value");
        ++called;
    });
    run(context);
    BOOST_TEST(called == 2);
    BOOST_TEST(future.get() == "value");
}

BOOST_AUTO_TEST_CASE(is_adopted_with_a_copy, *label("P4"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, 3).share();
    auto from_handler = settle::resolved(context).then([&] { return shared; });
    static_assert(std::same_as<decltype(from_handler)::value_type, int>);
    auto [p, r] = settle::with_resolvers<int>(context);
    BOOST_TEST(r.resolve(shared));
    BOOST_TEST(*end_of(context, std::move(from_handler)) == 3);
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
    BOOST_TEST(*end_of(context, shared.then([](int i) { return i; })) == 3);
}

BOOST_AUTO_TEST_CASE(resolved_with_its_own_handle_rejects, *label("P5"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto shared = std::move(p).share();
    r.resolve(shared);
    BOOST_TEST((end_of(context, shared.then([](int) {})).error().code() == errc::self_resolution));
}

BOOST_AUTO_TEST_CASE(handler_that_returns_its_own_promise_rejects, *label("P5"))
{
    asio::io_context context;
    auto source = settle::resolved(context).share();
    std::optional<settle::shared_promise<int, asio::io_context::executor_type>> own;
    own.emplace(source.then([&] { return *own; }).share());
    BOOST_TEST((end_of(context, own->then([](int) {})).error().code() == errc::self_resolution));
    own.reset();
}

BOOST_AUTO_TEST_CASE(converts_to_another_executor_type, *label("P4"))
{
    asio::io_context context;
    auto shared = settle::resolved(context, 1).share();
    settle::shared_promise<int> erased = shared;
    settle::shared_promise<int> moved = std::move(shared);
    moved = erased;
    BOOST_TEST((moved.get_executor() == asio::any_io_executor(context.get_executor())));
    BOOST_TEST(*end_of(context, moved.then([](int i) { return i; })) == 1);
}

BOOST_AUTO_TEST_CASE(long_chains_and_many_consumers_do_not_recurse, *label("E2"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    auto shared = std::move(p).share();
    for (int i = 0; i < 100'000; ++i)
        shared = shared.then([](int v) { return v + 1; }).share();
    r.resolve(0);
    BOOST_TEST(*end_of(context, shared.then([](int v) { return v; })) == 100'000);
}

BOOST_AUTO_TEST_CASE(pending_shared_promises_die_with_their_context, *label("B1") * label("B5"))
{
    support::report_collector reports;
    int called = 0;
    std::optional<asio::io_context> context(std::in_place);
    auto [p, r] = settle::with_resolvers<int>(*context);
    auto shared = std::move(p).share();
    auto kept = std::make_shared<int>();
    shared.then([&, kept](int) { ++called; }).detach();
    shared.then([&, kept](int) { ++called; }).finally([kept] {}).detach();
    auto late = shared.then([kept](int) {}).share();
    context.reset();
    BOOST_TEST(kept.use_count() == 1);
    BOOST_TEST(reports.count(settle::report_kind::abandoned_cleanup) == 1u);
    BOOST_TEST(reports.count() == 1u);
    r.resolve(1);
    shared.then([&, kept](int) { ++called; }).detach();
    late.then([&] { ++called; }).detach();
    BOOST_TEST(called == 0);
    BOOST_TEST(kept.use_count() == 1);
}
