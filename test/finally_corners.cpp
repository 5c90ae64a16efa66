// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What a hostile reading of the adapter has found.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;

namespace {

struct fixture {
    support::report_collector reports;
    asio::io_context context;
    asio::io_context other;
    int cleanups = 0;
    int completions = 0;

    void poll()
    {
        for (int i = 0; i < 10; ++i) {
            context.poll();
            context.restart();
            other.poll();
            other.restart();
        }
    }
};

/// Holds one handler; to start another operation drops the one before, and may fail.
struct keeper {
    std::shared_ptr<void>* kept;
    asio::any_io_executor executor;
    bool fails;

    [[nodiscard]] asio::any_io_executor get_executor() const noexcept { return executor; }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        kept->reset();
        if (fails)
            throw std::runtime_error("no start");
        *kept = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
    }
};

template <class Token>
auto async_keep(keeper initiation, Token&& token)
{
    return asio::async_initiate<Token, void(error_code)>(std::move(initiation), token);
}

/// A handler whose move throws when it is told to.
struct brittle_handler {
    bool* breaks;

    explicit brittle_handler(bool& when)
        : breaks(&when)
    {
    }

    brittle_handler(brittle_handler&& from)
        : breaks(from.breaks)
    {
        if (*breaks)
            throw std::bad_alloc();
    }

    void operator()(error_code) const {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(corners_of_finally, fixture)

BOOST_AUTO_TEST_CASE(executor_bound_outside_reaches_what_is_inside, *label("E11") * label("S8"))
{
    const auto clean = [this] { ++cleanups; };
    auto promise = asio::post(context.get_executor(),
                              asio::bind_executor(asio::any_io_executor(other.get_executor()),
                                                  finally(clean, settle::use_promise)));
    BOOST_TEST((promise.get_executor() == other.get_executor()));
    std::move(promise).detach();

    const auto waits = [this] { return asio::post(context, asio::deferred); };
    const auto on_other = [this](auto&&...) {
        ++completions;
        BOOST_TEST(other.get_executor().running_in_this_thread());
    };
    asio::post(context.get_executor(),
               asio::bind_executor(other.get_executor(), finally(clean, finally(waits, on_other))));
    asio::post(context.get_executor(),
               asio::bind_executor(other.get_executor(),
                                   finally(clean, asio::bind_allocator(std::allocator<void>(),
                                                                       finally(waits, on_other)))));
    poll();
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(piped_operation_can_be_piped_on, *label("S8"))
{
    auto operation = asio::post(context, asio::deferred) |
                     finally([this]() noexcept { ++cleanups; }) |
                     asio::deferred([] { return asio::deferred.values(7); });
    std::move(operation)([this](int seven) {
        ++completions;
        BOOST_TEST(seven == 7);
    });
    poll();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(empty_executor_of_an_operation_belongs_to_no_context, *label("U3"))
{
    static_cast<void>(settle::set_report_handler(context, [](const settle::report&) {}));
    std::shared_ptr<void> kept;
    async_keep({&kept, {}, false}, finally([this] { ++cleanups; }, [](error_code) {}));
    BOOST_TEST(!!kept);
    kept.reset();
    BOOST_TEST(cleanups == 0);
    BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == 1U);
}

BOOST_AUTO_TEST_CASE(report_handler_may_own_what_reports, *label("U3") * label("E8"))
{
    const auto kept = std::make_shared<std::shared_ptr<void>>();
    {
        asio::io_context dying;
        async_keep({kept.get(), dying.get_executor(), false},
                   finally([this] { ++cleanups; },
                           asio::bind_executor(dying.get_executor(), [](error_code) {})));
        static_cast<void>(settle::set_report_handler(
            dying, [owned = std::exchange(*kept, nullptr)](const settle::report&) {}));
    }
    BOOST_TEST(cleanups == 0);
    BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == 1U);
}

BOOST_AUTO_TEST_CASE(handler_whose_move_throws_goes_with_its_context, *label("B1"))
{
    bool breaks = false;
    {
        asio::io_context dying;
        asio::steady_timer timer(dying, std::chrono::hours(1));
        timer.async_wait(
            finally([&] { return asio::post(dying, asio::deferred); }, brittle_handler(breaks)));
        breaks = true;
    }
    BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == 1U);
}

BOOST_AUTO_TEST_CASE(reason_of_the_cleanup_survives_a_throwing_move, *label("F9") * label("F10"))
{
    bool breaks = false;
    support::manual_operation<void(error_code)> operation(context.get_executor());
    operation.async_run(finally(
        [&] {
            breaks = true;
            return settle::rejected<void>(context, asio::error::access_denied);
        },
        brittle_handler(breaks)));
    operation.complete({});
    BOOST_CHECK_THROW(poll(), std::bad_alloc);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 1U);
}

BOOST_AUTO_TEST_CASE(start_that_fails_does_not_hide_what_it_drops, *label("B2") * label("F17"))
{
    int of_context = 0;
    int of_other = 0;
    static_cast<void>(settle::set_report_handler(context, [&](const settle::report& what) {
        of_context += what.kind == report_kind::abandoned_cleanup;
    }));
    static_cast<void>(
        settle::set_report_handler(other, [&](const settle::report&) { ++of_other; }));
    std::shared_ptr<void> kept;
    const auto start = [&](asio::io_context& on, bool fails) {
        async_keep({&kept, on.get_executor(), fails},
                   finally([this] { ++cleanups; },
                           asio::bind_executor(on.get_executor(), [](error_code) {})));
    };
    start(context, false);
    BOOST_CHECK_THROW(start(other, true), std::runtime_error);
    BOOST_TEST(of_context == 1);
    BOOST_TEST(of_other == 0);
    BOOST_TEST(cleanups == 0);
}

BOOST_AUTO_TEST_SUITE_END()
