// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What throws besides the cleanup: initiations, the start of what the cleanup returned, and the
// final handler.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

/// An operation whose initiating function throws, before or after it has taken the handler.
class failing_initiation {
public:
    using executor_type = asio::io_context::executor_type;

    failing_initiation(asio::io_context& context, bool takes_handler)
        : context_(&context)
        , takes_handler_(takes_handler)
    {
    }

    executor_type get_executor() const noexcept { return context_->get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        if (takes_handler_) {
            [[maybe_unused]] const auto taken = std::forward<Handler>(handler);
            throw operation_error();
        }
        throw operation_error();
    }

private:
    asio::io_context* context_;
    bool takes_handler_;
};

template <class Token>
auto async_fail(asio::io_context& context, bool takes_handler, Token&& token)
{
    return asio::async_initiate<Token, void(error_code)>(failing_initiation(context, takes_handler),
                                                         token);
}

/// An operation that ends inside its initiating function.
class immediate_initiation {
public:
    using executor_type = asio::io_context::executor_type;

    explicit immediate_initiation(asio::io_context& context)
        : context_(&context)
    {
    }

    executor_type get_executor() const noexcept { return context_->get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        auto taken = std::forward<Handler>(handler);
        BOOST_TEST((asio::get_associated_executor(taken) == get_executor()));
        std::move(taken)(error_code());
    }

private:
    asio::io_context* context_;
};

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(throwing_parts, fixture)

BOOST_AUTO_TEST_CASE(initiation_that_throws_runs_no_cleanup, *label("F17"))
{
    for (const bool takes_handler : {false, true}) {
        BOOST_CHECK_THROW(
            async_fail(context, takes_handler,
                       finally([&] { ++cleanups; }, [&](error_code) { ++completions; })),
            operation_error);
        BOOST_CHECK_THROW(async_fail(context, takes_handler,
                                     finally(
                                         [&] {
                                             ++cleanups;
                                             return asio::post(context, asio::deferred);
                                         },
                                         [&](error_code) { ++completions; })),
                          operation_error);
        auto guarded =
            async_fail(context, takes_handler, asio::deferred) | finally([&] { ++cleanups; });
        BOOST_CHECK_THROW(std::move(guarded)([&](error_code) { ++completions; }), operation_error);
    }
    context.run();
    BOOST_TEST(cleanups == 0);
    BOOST_TEST(completions == 0);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(cleanup_whose_operation_cannot_start_has_failed, *label("F12") * label("F9"))
{
    for (const bool takes_handler : {false, true}) {
        support::report_collector collected;
        support::manual_operation<void(std::exception_ptr)> operation(context.get_executor());
        const auto original = std::make_exception_ptr(cleanup_error());
        operation.async_run(finally(
            [&, takes_handler] {
                ++cleanups;
                return async_fail(context, takes_handler, asio::deferred);
            },
            [&](std::exception_ptr e) {
                ++completions;
                BOOST_TEST(holds<operation_error>(e));
            }));
        operation.complete(original);
        context.run();
        context.restart();
        BOOST_TEST(collected.count() == 1u);
        BOOST_TEST(
            (collected.all(report_kind::displaced_reason).at(0).why.exception() == original));
    }
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(cleanup_that_cannot_start_after_a_promise, *label("F12") * label("F9"))
{
    for (const bool takes_handler : {false, true}) {
        settle::rejected<void>(context, asio::error::eof)
            .finally([&, takes_handler] {
                ++cleanups;
                return async_fail(context, takes_handler, asio::deferred);
            })
            .catch_([&](const settle::reason& why) {
                ++completions;
                BOOST_TEST(holds<operation_error>(why.exception()));
                BOOST_REQUIRE(why.suppressed().size() == 1u);
                BOOST_TEST((why.suppressed()[0].code() == asio::error::eof));
            })
            .detach();
        context.run();
        context.restart();
    }
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(cleanup_that_cannot_start_in_a_coroutine, *label("F12") * label("F9"))
{
    const auto cleanup = [&] {
        ++cleanups;
        return async_fail(context, true, asio::deferred);
    };
    auto body = []() -> asio::awaitable<void> {
        throw cleanup_error();
        co_return;
    };
    asio::co_spawn(context, body() | finally(cleanup), [&](std::exception_ptr e) {
        ++completions;
        BOOST_TEST(holds<operation_error>(e));
    });
    context.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 1u);
}

BOOST_AUTO_TEST_CASE(handlers_exception_is_not_the_cleanups, *label("F13"))
{
    const auto handler = [&](std::exception_ptr e) {
        ++completions;
        BOOST_TEST(!e);
        throw operation_error();
    };
    const auto run = [&](auto cleanup) {
        asio::post(context, finally(cleanup, handler));
        BOOST_CHECK_THROW(context.run(), operation_error);
        context.run();
        context.restart();
    };
    run([&] { ++cleanups; });
    run([&] {
        ++cleanups;
        return asio::post(context, asio::deferred);
    });
    run([&] {
        ++cleanups;
        return asio::dispatch(context, asio::deferred);
    });
    run([&] {
        ++cleanups;
        return settle::resolved(context);
    });
    run([&]() -> asio::awaitable<void> {
        ++cleanups;
        co_return;
    });
    run([&] {
        ++cleanups;
        return asio::async_initiate<const asio::deferred_t, void(error_code)>(
            immediate_initiation(context), asio::deferred);
    });
    BOOST_TEST(cleanups == 6);
    BOOST_TEST(completions == 6);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(handler_that_throws_after_a_failed_cleanup, *label("F13"))
{
    const auto run = [&](auto cleanup) {
        asio::post(context, finally(cleanup, [&](std::exception_ptr e) {
                       ++completions;
                       BOOST_TEST(holds<cleanup_error>(e));
                       throw operation_error();
                   }));
        BOOST_CHECK_THROW(context.run(), operation_error);
        context.run();
        context.restart();
    };
    run([&] {
        ++cleanups;
        throw cleanup_error();
    });
    run([&]() -> asio::awaitable<void> {
        ++cleanups;
        throw cleanup_error();
        co_return;
    });
    run([&] {
        ++cleanups;
        return settle::rejected<void>(context, cleanup_error());
    });
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(completions == 3);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
