// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Signatures qualified by &: an operation that tells how it goes along.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/signature_spy.hpp"
#include "support/values.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;
using support::seen_behind;
using support::signatures;

namespace {

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    std::string order;

    // Notes 'c' when called, '.' when it has ended.
    auto synchronous(bool fails = false)
    {
        return [this, fails] {
            order += "c.";
            if (fails)
                throw cleanup_error();
        };
    }

    auto asynchronous(bool fails = false)
    {
        return [this, fails] {
            order += 'c';
            return asio::post(context, asio::deferred) | finally([this, fails] {
                       order += '.';
                       if (fails)
                           throw cleanup_error();
                   });
        };
    }

    void run()
    {
        order.clear();
        context.run();
        context.restart();
    }
};

/// Notes the progress that it is told, and its end. Boost 1.81 wants a handler that takes progress
/// as an rvalue, too; '!' would say that it was called so.
struct listener {
    fixture* self;

    void operator()(int step) & { self->order += std::to_string(step); }
    void operator()(int) && { self->order += '!'; }
    void operator()(std::string text) & { self->order += text; }
    void operator()(std::string) && { self->order += '!'; }
    void operator()(std::exception_ptr e, int value) &&
    {
        self->order += e ? 'E' : 'e';
        self->order += std::to_string(value);
    }
    void operator()(error_code code, int value) &&
    {
        self->order += code ? 'X' : 'x';
        self->order += std::to_string(value);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(progress, fixture, *label("S7"))

BOOST_AUTO_TEST_CASE(progress_signatures_are_left_alone)
{
    using seen =
        seen_behind<decltype([] {}), void(int)&, void(int), void() & noexcept, void(error_code)&>;
    BOOST_TEST((std::is_same_v<seen, signatures<void(int)&, void(std::exception_ptr, int),
                                                void() & noexcept, void(error_code)&>>));
}

BOOST_AUTO_TEST_CASE(lvalue_calls_are_progress_and_the_rvalue_call_the_end)
{
    const auto script = [](auto& h) {
        h(1);
        h(2);
        h(3);
        std::move(h)(4);
    };
    const auto start = [&](auto cleanup) {
        async_script<void(int)&, void(int)>(context, script, finally(cleanup, listener{this}));
        run();
    };
    start(synchronous());
    BOOST_TEST(order == "123c.e4");
    start(asynchronous());
    BOOST_TEST(order == "123c.e4");
    start(synchronous(true));
    BOOST_TEST(order == "123c.E4");
    start(asynchronous(true));
    BOOST_TEST(order == "123c.E4");
}

BOOST_AUTO_TEST_CASE(order_of_the_signatures_does_not_matter)
{
    const auto start = [&](auto cleanup) {
        async_script<void(int), void(int)&>(
            context,
            [](auto& h) {
                h(1);
                std::as_const(h)(2);
                std::move(h)(3);
            },
            finally(cleanup, listener{this}));
        run();
    };
    start(synchronous());
    BOOST_TEST(order == "12c.e3");
    start(asynchronous());
    BOOST_TEST(order == "12c.e3");
}

BOOST_AUTO_TEST_CASE(operation_may_end_without_any_progress)
{
    async_script<void(int)&, void(int)>(
        context, [](auto& h) { std::move(h)(4); }, finally(synchronous(), listener{this}));
    run();
    BOOST_TEST(order == "c.e4");
}

BOOST_AUTO_TEST_CASE(progress_may_say_something_else_than_the_end)
{
    const auto script = [](auto& h) {
        h(std::string("a"));
        h("b");
        std::move(h)(error_code(), 4);
    };
    const auto start = [&](auto cleanup) {
        async_script<void(std::string)&, void(error_code, int)>(context, script,
                                                                finally(cleanup, listener{this}));
        run();
    };
    start(synchronous());
    BOOST_TEST(order == "abc.x4");
    start(asynchronous());
    BOOST_TEST(order == "abc.x4");
}

BOOST_AUTO_TEST_CASE(lvalue_call_that_fits_no_progress_is_the_end)
{
    const auto start = [&](auto cleanup, auto script) {
        async_script<void(std::string)&, void(error_code, int)>(context, script,
                                                                finally(cleanup, listener{this}));
        run();
    };
    const auto lvalue = [](auto& h) {
        h("a");
        h(error_code(), 4);
    };
    const auto constant = [](auto& h) {
        std::as_const(h)("a");
        std::as_const(h)(error_code(), 4);
    };
    start(synchronous(), lvalue);
    BOOST_TEST(order == "ac.x4");
    start(asynchronous(), lvalue);
    BOOST_TEST(order == "ac.x4");
    start(synchronous(), constant);
    BOOST_TEST(order == "ac.x4");
    start(asynchronous(), constant);
    BOOST_TEST(order == "ac.x4");
}

BOOST_AUTO_TEST_CASE(progress_passes_the_very_object)
{
    int object = 0;
    const int* seen = nullptr;
    struct looks {
        const int** seen;
        void operator()(int& number) { *seen = &number; }
        void operator()(std::exception_ptr) {}
    };
    const auto start = [&](auto cleanup) {
        seen = nullptr;
        async_script<void(int&)&, void()>(
            context,
            [&](auto& h) {
                h(object);
                std::move(h)();
            },
            finally(cleanup, looks{&seen}));
        run();
        BOOST_TEST(seen == &object);
        BOOST_TEST(order == "c.");
    };
    start(synchronous());
    start(asynchronous());
}

BOOST_AUTO_TEST_CASE(infallible_cleanup_leaves_every_call_as_it_is, *label("S1"))
{
    struct plain {
        fixture* self;
        void operator()(int step) & { self->order += std::to_string(step); }
        void operator()(int value) && { self->order += "e" + std::to_string(value); }
    };
    async_script<void(int)&, void(int)>(
        context,
        [](auto& h) {
            h(1);
            h(2);
            std::move(h)(3);
        },
        finally([this]() noexcept { order += 'c'; }, plain{this}));
    run();
    BOOST_TEST(order == "12ce3");
}

BOOST_AUTO_TEST_CASE(progress_passes_nested_cleanups, *label("F16"))
{
    async_script<void(int)&, void(int)>(
        context,
        [](auto& h) {
            h(1);
            h(2);
            std::move(h)(3);
        },
        finally(asynchronous(), finally([this] { order += 'b'; }, listener{this})));
    run();
    BOOST_TEST(order == "12c.be3");
}

BOOST_AUTO_TEST_CASE(operation_dropped_after_progress_abandons_its_cleanup, *label("B2"))
{
    const auto start = [&](auto cleanup) {
        async_script<void(int)&, void(int)>(
            context,
            [](auto& h) {
                h(1);
                h(2);
            },
            finally(cleanup, listener{this}));
        run();
    };
    start(synchronous());
    BOOST_TEST(order == "12");
    BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == 1u);
    start(asynchronous());
    BOOST_TEST(order == "12");
    BOOST_TEST(reports.count(report_kind::abandoned_cleanup) == 2u);
    BOOST_TEST(reports.count() == 2u);
}

BOOST_AUTO_TEST_CASE(promise_takes_the_end_and_ignores_progress)
{
    int result = 0;
    async_script<void(int)&, void(int)>(
        context,
        [](auto& h) {
            h(1);
            h(2);
            std::move(h)(3);
        },
        finally(asynchronous(), settle::use_promise))
        .then([&](int value) { result = value; })
        .detach();
    run();
    BOOST_TEST(order == "c.");
    BOOST_TEST(result == 3);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
