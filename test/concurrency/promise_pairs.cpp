// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Every call against every other that may race with it: on distinct objects, and decisions and
// requests to cancel on the same one.

#include <settle/shared_promise.hpp>

#include "support/race.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;

constexpr int rounds_of_a_pair = 200;

using executor = asio::io_context::executor_type;
using promise = settle::promise<int, executor>;
using shared_promise = settle::shared_promise<int, executor>;
using resolver = settle::resolver<int, executor>;

// Of one round. Each call has what it needs for itself; the state behind is common to all.
struct contest {
    asio::io_context context;
    std::atomic<int> attached = 0;
    std::atomic<int> ran = 0;

    std::optional<promise> alone; // what consumes takes it
    std::array<std::optional<resolver>, 2> deciding;
    std::optional<promise> inner; // to be adopted
    std::optional<resolver> deciding_inner;
    std::array<std::optional<shared_promise>, 2> shared;

    void renew(bool share)
    {
        auto made = settle::with_resolvers<int>(context);
        if (share) {
            shared[0].emplace(std::move(made.promise).share());
            shared[1].emplace(*shared[0]);
        } else {
            alone.emplace(std::move(made.promise));
        }
        deciding[0].emplace(std::move(made.resolver));
        deciding[1].emplace(*deciding[0]);
        auto other = settle::with_resolvers<int>(context);
        inner.emplace(std::move(other.promise));
        deciding_inner.emplace(std::move(other.resolver));
    }

    // All that has been attached runs, once.
    void finish()
    {
        if (alone)
            attach(*std::exchange(alone, std::nullopt));
        for (auto& handle : shared) {
            if (handle)
                attach(*handle);
            handle.reset();
        }
        deciding_inner->resolve(2);
        deciding_inner.reset();
        inner.reset();
        for (auto& each : deciding) {
            if (each)
                each->resolve(1);
            each.reset();
        }
        context.restart();
        context.run();
        BOOST_TEST(ran.load() == attached.load());
    }

    template <class Handle>
    void attach(Handle&& handle)
    {
        ++attached;
        std::forward<Handle>(handle)
            .then([this](int) { ++ran; }, [this](const settle::reason&) { ++ran; })
            .detach();
    }
};

// `side` tells the two of a pair apart, where both need an object of their own.
struct call {
    std::string_view name;
    void (*make)(contest&, std::size_t side);
};

void run_the_loop(contest& c, std::size_t)
{
    c.context.restart();
    c.context.poll();
}

void slot(contest& c, std::size_t side)
{
    const auto& own = *c.deciding[side];
    static_cast<void>(own.slot());
}

void copy_and_drop(contest& c, std::size_t side)
{
    const auto copy = *c.deciding[side];
    c.deciding[side].reset();
}

const call decisions[] = {
    {"resolve a value", [](contest& c, std::size_t side) { c.deciding[side]->resolve(3); }},
    {"resolve an adoptable",
     [](contest& c, std::size_t side) {
         // Only one of two has it.
         if (side == 0)
             c.deciding[side]->resolve(*std::exchange(c.inner, std::nullopt));
         else
             c.deciding[side]->resolve(settle::resolved(c.context, 4));
     }},
    {"reject", [](contest& c, std::size_t side) { c.deciding[side]->reject(asio::error::eof); }},
    {"copy and drop the resolver", copy_and_drop},
    {"slot", slot},
    {"run", run_the_loop},
};

const call consumers[] = {
    {"cancel", [](contest& c, std::size_t) { c.alone->cancel(); }},
    {"then", [](contest& c, std::size_t) { c.attach(*std::exchange(c.alone, std::nullopt)); }},
    {"then, then cancel",
     [](contest& c, std::size_t) {
         auto next = std::move(*c.alone).then([](int i) { return i; });
         c.alone.reset();
         next.cancel();
         c.attach(std::move(next));
     }},
    {"token",
     [](contest& c, std::size_t) {
         ++c.attached;
         auto own = std::move(*c.alone);
         c.alone.reset();
         std::move(own)([&c](std::exception_ptr, int) { ++c.ran; });
     }},
    {"share",
     [](contest& c, std::size_t) {
         auto own = std::move(*c.alone).share();
         c.alone.reset();
         c.attach(own);
         own.cancel();
     }},
    {"drop", [](contest& c, std::size_t) { c.alone.reset(); }},
    {"detach",
     [](contest& c, std::size_t) {
         auto own = std::move(*c.alone);
         c.alone.reset();
         std::move(own).detach();
     }},
    {"convert",
     [](contest& c, std::size_t) {
         settle::promise<int> own = std::move(*c.alone);
         c.alone.reset();
         c.attach(std::move(own));
     }},
};

const call sharers[] = {
    {"shared then", [](contest& c, std::size_t side) { c.attach(*c.shared[side]); }},
    {"shared copy and drop",
     [](contest& c, std::size_t side) {
         auto copy = *c.shared[side];
         c.shared[side].reset();
         c.attach(copy);
     }},
    {"shared drop", [](contest& c, std::size_t side) { c.shared[side].reset(); }},
    {"shared cancel", [](contest& c, std::size_t side) { c.shared[side]->cancel(); }},
    {"cancel the same shared",
     [](contest& c, std::size_t) {
         if (c.shared[0])
             c.shared[0]->cancel();
     }},
    {"shared then, then cancel",
     [](contest& c, std::size_t side) {
         auto next = c.shared[side]->then([](int i) { return i; });
         next.cancel();
         c.attach(std::move(next));
     }},
    {"shared token",
     [](contest& c, std::size_t side) {
         ++c.attached;
         (*c.shared[side])([&c](std::exception_ptr, int) { ++c.ran; });
     }},
};

void race_pair(const call& one, const call& two, bool share)
{
    BOOST_TEST_CONTEXT(one.name << " against " << two.name)
    {
        contest c;
        support::race_for(
            rounds_of_a_pair, [&] { c.renew(share); }, [&] { c.finish(); }, [&] { one.make(c, 0); },
            [&] { two.make(c, 1); });
    }
}

bool are_for_one_object(const call& one, const call& two)
{
    constexpr std::string_view same = "cancel the same shared";
    constexpr std::string_view cancels = "shared cancel";
    const auto of = [&](std::string_view name) { return one.name == name || two.name == name; };
    // What else is done to a handle must not race with its cancel().
    return of(same) && !of(cancels) && one.name != two.name;
}

bool both_run(const call& one, const call& two)
{
    return one.name == "run" && two.name == "run";
}

} // namespace

BOOST_AUTO_TEST_CASE(decisions_race_with_one_another, *label("E8") * label("P1") * label("P8"))
{
    support::report_collector reports;
    for (const auto& one : decisions)
        for (const auto& two : decisions)
            if (!both_run(one, two))
                race_pair(one, two, false);
}

BOOST_AUTO_TEST_CASE(decisions_race_with_the_consumer, *label("E8") * label("X5"))
{
    support::report_collector reports;
    for (const auto& one : decisions)
        for (const auto& two : consumers)
            race_pair(one, two, false);
}

BOOST_AUTO_TEST_CASE(requests_to_cancel_race_with_one_another, *label("E8") * label("X5"))
{
    support::report_collector reports;
    race_pair(consumers[0], consumers[0], false);
}

BOOST_AUTO_TEST_CASE(decisions_race_with_the_handles_of_a_shared_promise,
                     *label("E8") * label("E2"))
{
    support::report_collector reports;
    for (const auto& one : decisions)
        for (const auto& two : sharers)
            race_pair(one, two, true);
}

BOOST_AUTO_TEST_CASE(handles_of_a_shared_promise_race_with_one_another, *label("E8") * label("X5"))
{
    support::report_collector reports;
    for (const auto& one : sharers)
        for (const auto& two : sharers)
            if (!are_for_one_object(one, two))
                race_pair(one, two, true);
}
