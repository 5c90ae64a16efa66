// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The cleanup runs also where moving the result throws.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::holds;

namespace {

struct move_error : std::runtime_error {
    move_error()
        : runtime_error("move_error")
    {
    }
};

/// A value whose moves can be made to throw.
struct brittle {
    brittle() = default;
    brittle(brittle&& other)
        : shared(std::move(other.shared))
    {
        if (moves_left > 0 && --moves_left == 0)
            throw move_error();
    }
    brittle& operator=(brittle&&) = delete;

    std::shared_ptr<int> shared = std::make_shared<int>(1);
    static inline int moves_left = 0; // 0: none throws
};

/// An operation that ends with a brittle value whose nth move from then on throws.
class brittle_initiation {
public:
    using executor_type = asio::io_context::executor_type;

    explicit brittle_initiation(asio::io_context& context)
        : context_(&context)
    {
    }

    executor_type get_executor() const noexcept { return context_->get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler, int nth) const
    {
        asio::post(*context_, [nth, handler = std::forward<Handler>(handler)]() mutable {
            brittle value;
            brittle::moves_left = nth;
            std::move(handler)(error_code(), std::move(value));
        });
    }

private:
    asio::io_context* context_;
};

template <class Token>
void async_brittle(asio::io_context& context, int nth, Token&& token)
{
    asio::async_initiate<Token, void(error_code, brittle)>(brittle_initiation(context), token, nth);
}

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(throwing_moves, fixture)

// Whichever move of the result throws, the cleanup runs once; the exception leaves the completion,
// as where plain Asio moves a result.
BOOST_AUTO_TEST_CASE(token_cleanup_runs_although_moving_the_result_throws, *label("F10"))
{
    const auto run = [&](int nth, auto cleanup) {
        bool thrown = false;
        cleanups = completions = 0;
        async_brittle(context, nth,
                      finally(cleanup, [&](error_code, const brittle&) { ++completions; }));
        try {
            context.poll();
        } catch (const move_error&) {
            thrown = true;
        }
        brittle::moves_left = 0;
        context.poll();
        BOOST_TEST(context.stopped()); // no work is left behind
        context.restart();
        BOOST_TEST_INFO("move " << nth);
        BOOST_TEST(cleanups == 1);
        BOOST_TEST(completions == (thrown ? 0 : 1));
        return thrown;
    };
    const auto asynchronous = [&] {
        ++cleanups;
        return asio::post(context, asio::deferred);
    };
    BOOST_TEST(!run(1, [&] { ++cleanups; })); // a synchronous one moves nothing
    int thrown = 0;
    for (int nth = 1; nth <= 6; ++nth)
        thrown += run(nth, asynchronous);
    BOOST_TEST(thrown > 0);
    BOOST_TEST(thrown < 6);
}

BOOST_AUTO_TEST_CASE(promise_ends_with_what_moving_its_value_threw, *label("F10"))
{
    int failures = 0;
    for (int nth = 1; nth <= 6; ++nth) {
        cleanups = completions = 0;
        auto [promise, resolver] = settle::with_resolvers<brittle>(context);
        std::move(promise)
            .finally([&] {
                ++cleanups;
                return asio::post(context, asio::deferred);
            })
            .then([&](const brittle&) { ++completions; },
                  [&](const settle::reason& why) {
                      ++completions;
                      ++failures;
                      BOOST_TEST(holds<move_error>(why.exception()));
                  })
            .detach();
        brittle value;
        brittle::moves_left = nth;
        resolver.resolve(std::move(value));
        context.run();
        context.restart();
        brittle::moves_left = 0;
        BOOST_TEST_INFO("move " << nth);
        BOOST_TEST(cleanups == 1);
        BOOST_TEST(completions == 1);
    }
    BOOST_TEST(failures >= 2);
    BOOST_TEST(failures < 6);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(awaitable_ends_with_what_moving_its_value_threw, *label("F10"))
{
    int failures = 0;
    for (int nth = 1; nth <= 10; ++nth) {
        cleanups = completions = 0;
        auto operand = [nth]() -> asio::awaitable<brittle> {
            brittle value;
            brittle::moves_left = nth;
            co_return value;
        };
        auto body = [&]() -> asio::awaitable<void> {
            auto cleanup = [&] { ++cleanups; };
            auto guarded = operand() | finally(cleanup);
            auto result = co_await std::move(guarded);
        };
        asio::co_spawn(context, body, [&](std::exception_ptr e) {
            ++completions;
            failures += holds<move_error>(e);
        });
        context.run();
        context.restart();
        brittle::moves_left = 0;
        BOOST_TEST_INFO("move " << nth);
        BOOST_TEST(cleanups == 1);
        BOOST_TEST(completions == 1);
    }
    BOOST_TEST(failures >= 3);
    BOOST_TEST(failures < 10);
}

BOOST_AUTO_TEST_SUITE_END()
