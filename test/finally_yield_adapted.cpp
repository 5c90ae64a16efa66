// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() in a stackful coroutine, where the token carries an error_code or stands in adapters.

#include <settle/finally.hpp>

#include "support/manual_operation.hpp"
#include "support/stackful.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <tuple>

#if __has_include(<boost/asio/cancel_after.hpp>)
#include <boost/asio/cancel_after.hpp>
#include <chrono>
#endif

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

using one = void(int);
using code = void(error_code);
using code_and_one = void(error_code, int);
using code_and_several = void(error_code, int, std::string);
using exception_and_several = void(std::exception_ptr, int, std::string);

const std::string text = "text";
const error_code ok;
const error_code eof = asio::error::eof;

} // namespace

BOOST_FIXTURE_TEST_SUITE(yield_context_with_a_code, support::stackful, *label("S6") * label("S2"))

BOOST_AUTO_TEST_CASE(code_gets_what_the_operation_ended_with, *label("F4") * label("S5"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            error_code ec = asio::error::fault;
            const auto token = finally(cleanup, yield[ec]);
            BOOST_TEST(ends<code_and_one>(token, ok, 5) == 5);
            BOOST_TEST(!ec);
            BOOST_TEST(ends<code_and_one>(token, eof, 5) == 5);
            BOOST_TEST((ec == eof));
            ends<code>(token, ok);
            BOOST_TEST(!ec);
            BOOST_TEST((ends<code_and_several>(token, eof, 5, text) == std::make_tuple(5, text)));
            BOOST_TEST((ec == eof));
            BOOST_TEST(ends<one>(token, 5) == 5);
            BOOST_TEST(!ec);
        });
    };
    with(succeeds());
    BOOST_TEST(cleanups == 5);
    with(succeeds_later());
    BOOST_TEST(cleanups == 10);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_is_a_code_and_a_report, *label("F5") * label("S5"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            error_code ec;
            const auto token = finally(cleanup, yield[ec]);
            BOOST_TEST(ends<code_and_one>(token, ok, 5) == 5);
            BOOST_TEST((ec == settle::errc::cleanup_threw));
            ec = {};
            ends<code>(token, ok);
            BOOST_TEST((ec == settle::errc::cleanup_threw));
            ec = {};
            // A code is wished for, and the operation has none: the cleanup's is put there.
            BOOST_TEST(ends<one>(token, 5) == 5);
            BOOST_TEST((ec == settle::errc::cleanup_threw));
        });
    };
    with(fails());
    with(fails_later());
    const auto told = reports.all(report_kind::cleanup_failed);
    BOOST_TEST(told.size() == 6u);
    for (const auto& what : told)
        BOOST_TEST(holds<cleanup_error>(what.why.exception()));
    BOOST_TEST(reports.count() == 6u);
}

BOOST_AUTO_TEST_CASE(code_of_a_failed_cleanup_arrives_and_displaces, *label("F9"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        error_code ec;
        auto cleanup = [] { throw boost::system::system_error(asio::error::fault); };
        BOOST_TEST(ends<code_and_one>(finally(cleanup, yield[ec]), eof, 5) == 5);
        BOOST_TEST((ec == asio::error::fault));
    });
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 1u);
    BOOST_TEST((displaced[0].why.code() == eof));
    BOOST_TEST(reports.count() == 1u);
}

BOOST_AUTO_TEST_CASE(exceptions_of_the_operation_pass_a_code_by, *label("S3") * label("F4"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        error_code ec;
        const auto run = [&](auto cleanup, std::exception_ptr e) {
            const auto token = finally(cleanup, yield[ec]);
            return ends<exception_and_several>(token, e, 5, text);
        };
        BOOST_TEST((run(succeeds(), nullptr) == std::make_tuple(5, text)));
        BOOST_TEST((thrown_by([&] { run(succeeds(), failure); }) == failure));
        BOOST_CHECK_THROW(run(fails_later(), nullptr), cleanup_error);
        BOOST_TEST(!ec);
    });
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(adapted_yield_context, support::stackful, *label("S6") * label("S8"))

BOOST_AUTO_TEST_CASE(adapters_that_pass_arguments_on_are_looked_through)
{
    asio::cancellation_signal signal;
    const auto each = [&](auto yield, auto check) {
        check(asio::bind_executor(context, yield));
        check(asio::bind_allocator(std::allocator<void>(), yield));
        check(asio::consign(yield, 1));
        check(asio::bind_cancellation_slot(signal.slot(), yield));
        check(asio::consign(asio::bind_executor(context, yield), 1));
        check(finally([] {}, yield));
#if __has_include(<boost/asio/cancel_after.hpp>)
        check(asio::cancel_after(std::chrono::hours(1), yield));
#endif
    };
    in_a_coroutine([&](asio::yield_context yield) {
        each(yield, [&](const auto& token) {
            BOOST_TEST(ends<code_and_one>(finally(succeeds(), token), ok, 5) == 5);
            BOOST_CHECK_THROW(ends<code_and_one>(finally(fails(), token), ok, 5), cleanup_error);
        });
    });
    BOOST_TEST(reports.count() == 0u);

    error_code ec;
    std::size_t failures = 0;
    in_a_coroutine([&](asio::yield_context yield) {
        each(yield[ec], [&](const auto& token) {
            ec = {};
            ++failures;
            BOOST_TEST(ends<code_and_one>(finally(fails(), token), ok, 5) == 5);
            BOOST_TEST((ec == settle::errc::cleanup_threw));
        });
    });
    BOOST_TEST(failures >= 6u);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == failures);
    BOOST_TEST(reports.count() == failures);
}

BOOST_AUTO_TEST_CASE(appended_values_come_last)
{
    const auto expected = std::make_tuple(5, text, 'a');
    in_a_coroutine([&](asio::yield_context yield) {
        const auto token = asio::append(yield, 'a');
        BOOST_TEST(
            (ends<code_and_one>(finally(succeeds(), token), ok, 5) == std::make_tuple(5, 'a')));
        BOOST_TEST(
            (ends<code_and_several>(finally(succeeds_later(), token), ok, 5, text) == expected));
        BOOST_TEST((ends<exception_and_several>(finally(succeeds(), token), nullptr, 5, text) ==
                    expected));
        BOOST_CHECK_THROW(ends<code_and_one>(finally(fails(), token), ok, 5), cleanup_error);
        BOOST_TEST((thrown_by([&] {
                        ends<exception_and_several>(finally(succeeds(), token), failure, 5, text);
                    }) == failure));
        error_code ec;
        const auto with_code = asio::append(yield[ec], 'a');
        BOOST_TEST((ends<code_and_one>(finally(succeeds(), with_code), eof, 5) ==
                    std::make_tuple(5, 'a')));
        BOOST_TEST((ec == eof));
    });
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(nested_cleanups_run_and_the_outer_ones_type_arrives, *label("F16"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        BOOST_CHECK_THROW(ends<code_and_one>(finally(fails(), finally(succeeds(), yield)), ok, 5),
                          cleanup_error);
        BOOST_CHECK_THROW(
            ends<code_and_one>(finally(succeeds_later(), finally(fails_later(), yield)), ok, 5),
            cleanup_error);
        BOOST_TEST(ends<code_and_one>(finally(infallible(), finally(succeeds(), yield)), ok, 5) ==
                   5);
        auto guarded = ends<code_and_one>(asio::deferred, ok, 5) | finally(fails());
        BOOST_CHECK_THROW(std::move(guarded)(yield), cleanup_error);
    });
    BOOST_TEST(cleanups == 7);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(adapters_that_take_the_error_follow_the_code, *label("S2"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        const error_code threw = settle::errc::cleanup_threw;
        BOOST_TEST((ends<code_and_one>(finally(fails(), asio::as_tuple(yield)), ok, 5) ==
                    std::make_tuple(threw, 5)));
        BOOST_TEST((ends<code_and_one>(finally(succeeds_later(), asio::as_tuple(yield)), eof, 5) ==
                    std::make_tuple(eof, 5)));
        error_code ec;
        BOOST_TEST(ends<code_and_one>(finally(fails_later(), asio::redirect_error(yield, ec)), ok,
                                      5) == 5);
        BOOST_TEST((ec == threw));
        BOOST_TEST((ends<code_and_one>(finally(fails(), asio::prepend(yield, 'p')), ok, 5) ==
                    std::make_tuple('p', threw, 5)));
    });
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 3u);
    BOOST_TEST(reports.count() == 3u);
}

BOOST_AUTO_TEST_CASE(as_tuple_outside_leaves_the_cleanups_failure_an_exception, *label("S4"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        BOOST_TEST((ends<code_and_one>(asio::as_tuple(finally(succeeds(), yield)), eof, 5) ==
                    std::make_tuple(eof, 5)));
        BOOST_CHECK_THROW(ends<code_and_one>(asio::as_tuple(finally(fails(), yield)), ok, 5),
                          cleanup_error);
    });
}

BOOST_AUTO_TEST_CASE(signal_reaches_the_operation_and_not_the_cleanup, *label("X1"))
{
    support::manual_operation<code> operation(context.get_executor());
    asio::cancellation_signal signal;
    bool ended = false;
    asio::spawn(
        context,
        [&](asio::yield_context yield) {
            BOOST_CHECK_THROW(
                operation.async_run(
                    finally(succeeds_later(), asio::bind_cancellation_slot(signal.slot(), yield))),
                boost::system::system_error);
            ended = true;
        },
        asio::detached);
    context.poll();
    signal.emit(asio::cancellation_type::total);
    BOOST_TEST(operation.signals() == 1);
    operation.complete(asio::error::operation_aborted);
    context.poll_one();
    signal.emit(asio::cancellation_type::terminal);
    context.run();
    BOOST_TEST(operation.signals() == 1);
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_SUITE_END()
