// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Two contexts, one of which goes first.

#include <settle/promise.hpp>

#include "support/report_collector.hpp"

#include <settle/finally.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

} // namespace

BOOST_AUTO_TEST_CASE(two_handlers_of_a_context_that_has_gone_are_not_called, *label("B1"))
{
    asio::io_context home;
    auto other = std::make_unique<asio::io_context>();
    int called = 0;
    settle::error_code seen;
    auto [p, r] = settle::with_resolvers<int>(home);
    std::move(p)
        .then(asio::bind_executor(*other, [&](int) { return ++called; }),
              asio::bind_executor(*other, [&](const settle::reason&) { return ++called; }))
        .catch_([&](settle::error_code code) {
            seen = code;
            return 0;
        })
        .detach();
    other.reset();
    r.resolve(1);
    home.run();
    BOOST_TEST(called == 0);
    BOOST_TEST((seen == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(each_of_two_handlers_runs_on_its_own_executor, *label("E1"))
{
    asio::io_context home, for_values, for_reasons;
    int values = 0, reasons = 0;
    const auto chain = [&](settle::promise<int> p) {
        std::move(p)
            .then(asio::bind_executor(for_values, [&](int) { ++values; }),
                  asio::bind_executor(for_reasons, [&](const settle::reason&) { ++reasons; }))
            .detach();
    };
    chain(settle::resolved(home, 1));
    chain(settle::rejected<int>(home, errc::timed_out));
    home.run();
    BOOST_TEST(values + reasons == 0);
    for_values.run();
    BOOST_TEST(values == 1);
    BOOST_TEST(reasons == 0);
    for_reasons.run();
    BOOST_TEST(reasons == 1);
}

BOOST_AUTO_TEST_CASE(cleanup_runs_on_its_own_context_after_the_promises_has_gone, *label("B1"))
{
    auto home = std::make_unique<asio::io_context>();
    asio::io_context other;
    int cleanups = 0;
    auto [p, r] = settle::with_resolvers<int>(*home);
    auto last = std::move(p).finally(asio::bind_executor(other, [&] {
        ++cleanups;
        return settle::resolved(other);
    }));
    r.resolve(1);
    home.reset();
    other.run();
    BOOST_TEST(cleanups == 1);
    std::move(last).detach();
}

BOOST_AUTO_TEST_CASE(cleanup_runs_downstream_after_the_operations_context_has_gone, *label("B1"))
{
    auto home = std::make_unique<asio::io_context>();
    asio::io_context other;
    int cleanups = 0, completions = 0;
    asio::post(*home, settle::finally(
                          [&] {
                              ++cleanups;
                              return settle::resolved(other);
                          },
                          asio::bind_executor(other, [&](std::exception_ptr) { ++completions; })));
    home->run();
    home.reset();
    other.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(a_context_first_met_while_it_dies_is_known_to_be_dead, *label("B6"))
{
    using made = settle::promise_with_resolvers<int, asio::io_context::executor_type>;
    struct maker {
        maker(asio::io_context& c, std::optional<made>& k)
            : context(&c)
            , kept(&k)
        {
        }
        maker(maker&& other) noexcept
            : context(std::exchange(other.context, nullptr))
            , kept(other.kept)
        {
        }
        ~maker()
        {
            if (context)
                kept->emplace(settle::with_resolvers<int>(*context));
        }
        void operator()() const {}

        asio::io_context* context;
        std::optional<made>* kept;
    };
    std::optional<made> kept;
    int called = 0;
    {
        asio::io_context context;
        asio::post(context, maker(context, kept));
    }
    auto next = std::move(kept->promise).then([&](int) { ++called; });
    kept->resolver.resolve(1);
    std::move(next).detach();
    BOOST_TEST(called == 0);
}

BOOST_AUTO_TEST_CASE(a_future_is_made_ready_by_the_promises_own_loop, *label("E1"))
{
    asio::io_context context;
    std::thread::id ran_on;
    const auto note = [&](std::exception_ptr, int value) {
        ran_on = std::this_thread::get_id();
        return value;
    };
    auto future = settle::resolved(context, 7)(asio::use_future(note));
    context.run();
    BOOST_TEST(future.get() == 7);
    BOOST_TEST((ran_on == std::this_thread::get_id()));
}
