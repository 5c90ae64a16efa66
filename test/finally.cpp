// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What finally(cleanup, token) accepts as a cleanup, and what becomes of the outcome.

#include <settle/finally.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>
#include <system_error>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

int calls = 0;

int count_call()
{
    return ++calls;
}

void count_call_quietly() noexcept
{
    ++calls;
}

struct fails_with_an_enumerator {
    asio::io_context::executor_type executor;
    using executor_type = asio::io_context::executor_type;
    executor_type get_executor() const noexcept { return executor; }
    template <class H>
    void operator()(H handler) const
    {
        asio::post(executor,
                   [h = std::move(handler)]() mutable { std::move(h)(asio::error::eof, 3); });
    }
};

/// An operation that ends with a code and a number, and what its handler got.
struct fixture {
    asio::io_context context;
    support::manual_operation<void(error_code, int)> operation{context.get_executor()};
    support::report_collector reports;
    error_code code;
    int value = 0;
    int completions = 0;

    auto handler()
    {
        return [this](error_code ec, int v) {
            ++completions;
            code = ec;
            value = v;
        };
    }

    template <class Cleanup>
    void run(Cleanup&& cleanup, error_code ends_with = {})
    {
        operation.async_run(settle::finally(std::forward<Cleanup>(cleanup), handler()));
        operation.complete(ends_with, 5);
        context.poll();
        context.restart();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(finally_on_a_token, fixture)

BOOST_AUTO_TEST_CASE(cleanup_runs_once_before_the_handler, *label("F1") * label("F10"))
{
    int cleanups = 0;
    operation.async_run(settle::finally([&] { ++cleanups; },
                                        [&](error_code, int) {
                                            ++completions;
                                            BOOST_TEST(cleanups == 1);
                                        }));
    BOOST_TEST(cleanups == 0);
    operation.complete({}, 5);
    context.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(failed_operation_runs_the_cleanup_too, *label("F4") * label("F10"))
{
    int cleanups = 0;
    run([&] { ++cleanups; }, asio::error::operation_aborted);
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    BOOST_TEST((code == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(returned_value_is_ignored, *label("F2") * label("F3"))
{
    const auto ignores = [&](auto cleanup) {
        run(cleanup);
        BOOST_TEST(!code);
        BOOST_TEST(value == 5);
    };
    ignores([] { return 99; });
    ignores([] { return std::make_unique<int>(1); });
    ignores([] { return error_code(asio::error::eof); });
    ignores([] { return std::make_exception_ptr(cleanup_error()); });
    BOOST_TEST(completions == 4);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(function_pointers_are_cleanups, *label("F1") * label("F2"))
{
    calls = 0;
    run(count_call);
    run(&count_call);
    run(count_call_quietly);
    BOOST_TEST(calls == 3);
    BOOST_TEST(completions == 3);
}

BOOST_AUTO_TEST_CASE(callables_of_every_value_category_are_cleanups, *label("F1"))
{
    int cleanups = 0;
    run(std::function<void()>([&] { ++cleanups; }));
    run([&, owned = std::make_unique<int>(3)] { cleanups += *owned; });
    const auto constant = [&] { ++cleanups; };
    run(constant);

    struct only_as_rvalue {
        int& cleanups;
        void operator()() && { ++cleanups; }
    };
    run(only_as_rvalue{cleanups});

    struct mutable_call {
        int& cleanups;
        int state = 0;
        void operator()() { cleanups += ++state; }
    };
    run(mutable_call{cleanups});
    BOOST_TEST(cleanups == 7);
    BOOST_TEST(completions == 5);
}

BOOST_AUTO_TEST_CASE(empty_cleanup_passes_the_outcome_through, *label("F3") * label("F4"))
{
    run(nullptr);
    run(std::function<void()>());
    run(std::function<asio::awaitable<void>()>());
    run(static_cast<void (*)()>(nullptr));
    run(static_cast<void (*)() noexcept>(nullptr));
    BOOST_TEST(!code);
    BOOST_TEST(value == 5);
    run(nullptr, asio::error::eof);
    BOOST_TEST((code == asio::error::eof));
    run(std::function<void()>(), asio::error::eof);
    BOOST_TEST((code == asio::error::eof));
    BOOST_TEST(completions == 7);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(thrown_boost_code_fills_the_slot, *label("F5") * label("S2") * label("S5"))
{
    run([] { throw boost::system::system_error(asio::error::host_not_found); });
    BOOST_TEST((code == asio::error::host_not_found));
    BOOST_TEST(value == 5);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(thrown_standard_code_fills_the_slot, *label("F5") * label("S2"))
{
    run([] { throw std::system_error(std::make_error_code(std::errc::timed_out)); });
    BOOST_TEST((code == boost::system::errc::timed_out));
    BOOST_TEST(value == 5);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(zero_code_that_is_thrown_is_still_a_failure, *label("S2"))
{
    run([] { throw boost::system::system_error(error_code()); });
    BOOST_TEST((code == settle::errc::cleanup_failed));
    run([] { throw std::system_error(std::error_code()); });
    BOOST_TEST((code == settle::errc::cleanup_failed));
    BOOST_TEST(value == 5);
}

BOOST_AUTO_TEST_CASE(exception_that_a_code_cannot_carry_is_reported, *label("S2") * label("U4"))
{
    const auto thrown = std::make_exception_ptr(cleanup_error());
    run([&] { std::rethrow_exception(thrown); });
    BOOST_TEST((code == settle::errc::cleanup_threw));
    BOOST_TEST(reports.count() == 1u);
    BOOST_TEST((reports.all(report_kind::cleanup_failed).at(0).why.exception() == thrown));
    run([] { throw 42; });
    BOOST_TEST((code == settle::errc::cleanup_threw));
    BOOST_TEST(holds<int>(reports.all(report_kind::cleanup_failed).at(1).why.exception()));
}

BOOST_AUTO_TEST_CASE(displaced_code_is_reported_once_with_its_place, *label("F9") * label("U4"))
{
    const auto line = __LINE__ + 2;
    operation.async_run(
        settle::finally([] { throw boost::system::system_error(asio::error::fault); }, handler()));
    operation.complete(asio::error::eof, 5);
    context.run();
    BOOST_TEST((code == asio::error::fault));
    BOOST_TEST(reports.count() == 1u);
    const auto displaced = reports.all(report_kind::displaced_reason).at(0);
    BOOST_TEST((displaced.why.code() == asio::error::eof));
    BOOST_TEST(displaced.why.holds_code());
    BOOST_TEST(displaced.where.line() == static_cast<unsigned>(line));
    BOOST_TEST(std::string(displaced.where.file_name()).ends_with("finally.cpp"));
}

BOOST_AUTO_TEST_CASE(report_goes_to_the_context_of_the_handler, *label("U3") * label("U4"))
{
    int for_context = 0;
    settle::set_report_handler(context, [&](const settle::report&) { ++for_context; });
    operation.async_run(
        settle::finally([] { throw cleanup_error(); }, asio::bind_executor(context, handler())));
    operation.complete(asio::error::eof, 5);
    context.run();
    BOOST_TEST(for_context == 2);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(non_default_constructible_values_pass, *label("F3") * label("S5"))
{
    struct handle {
        explicit handle(int n)
            : number(std::make_unique<int>(n))
        {
        }
        std::unique_ptr<int> number;
    };
    support::manual_operation<void(error_code, handle)> opens(context.get_executor());
    int got = 0;
    opens.async_run(settle::finally([] {}, [&](error_code, handle h) { got += *h.number; }));
    opens.complete({}, handle(1));
    opens.async_run(settle::finally([&] { return asio::post(context, asio::deferred); },
                                    [&](error_code, handle h) { got += *h.number; }));
    opens.complete({}, handle(10));
    context.run();
    BOOST_TEST(got == 11);
}

BOOST_AUTO_TEST_CASE(enumerator_in_the_slot_is_the_code_it_names, *label("F4") * label("S2"))
{
    auto synchronous = settle::finally([] {}, handler());
    asio::async_initiate<decltype(synchronous), void(error_code, int)>(
        fails_with_an_enumerator{context.get_executor()}, synchronous);
    auto asynchronous =
        settle::finally([&] { return asio::post(context, asio::deferred); }, handler());
    asio::async_initiate<decltype(asynchronous), void(error_code, int)>(
        fails_with_an_enumerator{context.get_executor()}, asynchronous);
    context.run();
    BOOST_TEST(completions == 2);
    BOOST_TEST((code == asio::error::eof));
    BOOST_TEST(value == 3);
}

BOOST_AUTO_TEST_SUITE_END()
