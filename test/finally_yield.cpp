// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() in a stackful coroutine.

#include <settle/finally.hpp>

#include "support/stackful.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::cleanup_error;

namespace {

using none = void();
using one = void(int);
using several = void(int, std::string);
using code = void(error_code);
using code_and_one = void(error_code, int);
using code_and_several = void(error_code, int, std::string);
using exception = void(std::exception_ptr);
using exception_and_one = void(std::exception_ptr, std::unique_ptr<int>);
using exception_and_several = void(std::exception_ptr, int, std::string);

const std::string text = "text";
const error_code ok;
const error_code eof = asio::error::eof;
const std::exception_ptr no_exception;

} // namespace

BOOST_FIXTURE_TEST_SUITE(yield_context, support::stackful, *label("S6"))

BOOST_AUTO_TEST_CASE(returns_the_operations_values, *label("F3") * label("S5"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            const auto token = finally(cleanup, yield);
            ends<none>(token);
            ends<code>(token, ok);
            ends<exception>(token, no_exception);
            BOOST_TEST(ends<one>(token, 5) == 5);
            BOOST_TEST(ends<code_and_one>(token, ok, 5) == 5);
            BOOST_TEST(*ends<exception_and_one>(token, no_exception, std::make_unique<int>(5)) ==
                       5);
            const auto both = std::make_tuple(5, text);
            BOOST_TEST((ends<several>(token, 5, text) == both));
            BOOST_TEST((ends<code_and_several>(token, ok, 5, text) == both));
            BOOST_TEST((ends<exception_and_several>(token, no_exception, 5, text) == both));
        });
    };
    with(succeeds());
    BOOST_TEST(cleanups == 9);
    with(succeeds_later());
    BOOST_TEST(cleanups == 18);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(throws_the_cleanups_own_type, *label("F5"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            const auto token = finally(cleanup, yield);
            BOOST_CHECK_THROW(ends<none>(token), cleanup_error);
            BOOST_CHECK_THROW(ends<code>(token, ok), cleanup_error);
            BOOST_CHECK_THROW(ends<exception>(token, no_exception), cleanup_error);
            BOOST_CHECK_THROW(ends<one>(token, 5), cleanup_error);
            BOOST_CHECK_THROW(ends<code_and_one>(token, ok, 5), cleanup_error);
            BOOST_CHECK_THROW(
                ends<exception_and_one>(token, no_exception, std::make_unique<int>(5)),
                cleanup_error);
            BOOST_CHECK_THROW(ends<several>(token, 5, text), cleanup_error);
            BOOST_CHECK_THROW(ends<code_and_several>(token, ok, 5, text), cleanup_error);
            BOOST_CHECK_THROW(ends<exception_and_several>(token, no_exception, 5, text),
                              cleanup_error);
        });
    };
    with(fails());
    BOOST_TEST(cleanups == 9);
    with(fails_later());
    BOOST_TEST(cleanups == 18);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(throws_the_operations_failure_as_it_is, *label("F4"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            const auto token = finally(cleanup, yield);
            const auto is_eof = [](const boost::system::system_error& e) {
                return e.code() == eof;
            };
            BOOST_CHECK_EXCEPTION(ends<code>(token, eof), boost::system::system_error, is_eof);
            BOOST_CHECK_EXCEPTION(ends<code_and_one>(token, eof, 5), boost::system::system_error,
                                  is_eof);
            BOOST_TEST((thrown_by([&] { ends<exception>(token, failure); }) == failure));
            BOOST_TEST((thrown_by([&] { ends<exception_and_several>(token, failure, 5, text); }) ==
                        failure));
        });
    };
    with(succeeds());
    BOOST_TEST(cleanups == 4);
    with(succeeds_later());
    BOOST_TEST(cleanups == 8);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(throws_the_cleanups_failure_and_reports_the_operations, *label("F9"))
{
    const auto with = [&](auto cleanup) {
        in_a_coroutine([&](asio::yield_context yield) {
            const auto token = finally(cleanup, yield);
            BOOST_CHECK_THROW(ends<code_and_one>(token, eof, 5), cleanup_error);
            BOOST_CHECK_THROW(ends<exception>(token, failure), cleanup_error);
        });
    };
    with(fails());
    with(fails_later());
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 4u);
    for (const auto i : {0u, 2u}) {
        BOOST_TEST((displaced[i].why.code() == eof));
        BOOST_TEST((displaced[i + 1].why.exception() == failure));
    }
    BOOST_TEST(reports.count() == 4u);
}

BOOST_AUTO_TEST_CASE(values_that_only_convert_to_the_operations_arrive, *label("S5"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        using counts = void(error_code, std::size_t);
        using tells = void(int, std::string);
        const auto good = finally(succeeds_later(), yield);
        BOOST_TEST(ends<counts>(good, ok, 5) == 5u);
        BOOST_TEST((ends<tells>(good, short(5), "text") == std::make_tuple(5, text)));
        BOOST_CHECK_THROW(ends<tells>(finally(fails(), yield), short(5), "text"), cleanup_error);
    });
    BOOST_TEST(cleanups == 3);
}

BOOST_AUTO_TEST_CASE(infallible_cleanup_changes_nothing, *label("S1"))
{
    in_a_coroutine([&](asio::yield_context yield) {
        const auto token = finally(infallible(), yield);
        ends<none>(token);
        BOOST_TEST(ends<one>(token, 5) == 5);
        BOOST_TEST(ends<code_and_one>(token, ok, 5) == 5);
        BOOST_CHECK_THROW(ends<code_and_one>(token, eof, 5), boost::system::system_error);
        BOOST_TEST((thrown_by([&] { ends<exception>(token, failure); }) == failure));
        error_code ec;
        BOOST_TEST(ends<code_and_one>(finally(infallible(), yield[ec]), eof, 5) == 5);
        BOOST_TEST((ec == eof));
    });
    BOOST_TEST(cleanups == 6);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
