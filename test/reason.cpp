// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/reason.hpp>

#include "support/global_allocations.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace {

using boost::unit_test::label;
using settle::errc;
using settle::reason;

reason of(const auto& exception)
{
    return std::make_exception_ptr(exception);
}

static_assert(sizeof(reason) <= 32);
static_assert(std::is_nothrow_copy_constructible_v<reason>);
static_assert(std::is_nothrow_move_constructible_v<reason>);
static_assert(std::is_convertible_v<settle::error_code, reason>);
static_assert(std::is_convertible_v<errc, reason>);
static_assert(std::is_convertible_v<boost::asio::error::basic_errors, reason>);
static_assert(std::is_convertible_v<std::exception_ptr, reason>);
static_assert(!std::is_convertible_v<int, reason>);

} // namespace

BOOST_AUTO_TEST_CASE(code_is_kept_as_a_code, *label("P7"))
{
    const reason why = boost::asio::error::eof;
    BOOST_TEST(why.holds_code());
    BOOST_TEST((why.code() == boost::asio::error::eof));
    BOOST_TEST(why.message() == settle::error_code(boost::asio::error::eof).message());
    BOOST_TEST(why.suppressed().empty());
}

BOOST_AUTO_TEST_CASE(code_becomes_a_system_error_on_demand, *label("P6"))
{
    const reason why = errc::timed_out;
    try {
        std::rethrow_exception(why.exception());
    } catch (const boost::system::system_error& e) {
        BOOST_TEST((e.code() == errc::timed_out));
    }
    BOOST_CHECK_THROW(why.rethrow(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(exception_stays_the_same_object, *label("F4"))
{
    const auto thrown = std::make_exception_ptr(std::logic_error("broken"));
    const reason why = thrown;
    BOOST_TEST(!why.holds_code());
    BOOST_TEST((why.exception() == thrown));
    BOOST_TEST((reason(why).exception() == thrown));
    BOOST_TEST(why.message() == "broken");
    BOOST_CHECK_THROW(why.rethrow(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(code_of_a_system_error_is_its_own, *label("P6"))
{
    BOOST_TEST((of(boost::system::system_error(boost::asio::error::eof)).code() ==
                boost::asio::error::eof));
    const auto refused = std::make_error_code(std::errc::connection_refused);
    BOOST_TEST((of(std::system_error(refused)).code() == settle::error_code(refused)));
    BOOST_TEST((of(std::system_error(refused)).code() == boost::system::errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(code_of_any_other_exception_is_never_zero, *label("P6"))
{
    BOOST_TEST((of(std::runtime_error("x")).code() == errc::exception_thrown));
    BOOST_TEST((of(42).code() == errc::exception_thrown));
    BOOST_TEST((of(std::system_error(std::error_code())).code() == errc::exception_thrown));
    BOOST_TEST((reason(std::exception_ptr()).code() == errc::exception_thrown));
}

BOOST_AUTO_TEST_CASE(message_of_something_that_is_no_std_exception, *label("U3"))
{
    BOOST_TEST(!of(42).message().empty());
}

BOOST_AUTO_TEST_CASE(suppressed_reasons_are_flat_and_oldest_first, *label("F9"))
{
    reason oldest = of(std::runtime_error("1"));
    reason middle = of(std::runtime_error("2"));
    middle.suppress(oldest);
    reason newest = of(std::runtime_error("3"));
    newest.suppress(middle);

    BOOST_TEST_REQUIRE(newest.suppressed().size() == 2U);
    BOOST_TEST(newest.suppressed()[0].message() == "1");
    BOOST_TEST(newest.suppressed()[1].message() == "2");
    BOOST_TEST(newest.suppressed()[0].suppressed().empty());
    BOOST_TEST(newest.suppressed()[1].suppressed().empty());
    BOOST_TEST(newest.message() == "3");
}

BOOST_AUTO_TEST_CASE(displacing_twice_keeps_both, *label("F9"))
{
    reason why = errc::timed_out;
    why.suppress(of(std::runtime_error("older")));
    why.suppress(of(std::runtime_error("oldest")));
    BOOST_TEST_REQUIRE(why.suppressed().size() == 2U);
    BOOST_TEST(why.suppressed()[0].message() == "oldest");
    BOOST_TEST(why.suppressed()[1].message() == "older");
    BOOST_TEST(why.holds_code());
    BOOST_TEST((why.code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(copies_keep_their_suppressed_reasons_apart, *label("F9"))
{
    reason first = errc::timed_out;
    first.suppress(errc::cleanup_failed);
    const reason copy = first;
    first.suppress(errc::cleanup_threw);
    BOOST_TEST(first.suppressed().size() == 2U);
    BOOST_TEST(copy.suppressed().size() == 1U);
    first.forget_suppressed();
    BOOST_TEST(first.suppressed().empty());
    BOOST_TEST(copy.suppressed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(moving_takes_the_suppressed_reasons_along, *label("F9"))
{
    reason from = of(std::runtime_error("x"));
    from.suppress(errc::timed_out);
    const reason to = std::move(from);
    BOOST_TEST(to.message() == "x");
    BOOST_TEST(to.suppressed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(assignment_crosses_both_kinds, *label("F9"))
{
    reason code = errc::timed_out;
    reason exception = of(std::runtime_error("x"));
    exception.suppress(errc::cleanup_failed);

    code = exception;
    BOOST_TEST(code.message() == "x");
    BOOST_TEST(code.suppressed().size() == 1U);
    auto& self = code;
    code = self;
    BOOST_TEST(code.message() == "x");
    exception = reason(errc::broken_promise);
    BOOST_TEST((exception.code() == errc::broken_promise));
    BOOST_TEST(exception.suppressed().empty());
    exception = std::move(code);
    BOOST_TEST(exception.message() == "x");
    BOOST_TEST(exception.suppressed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(moved_from_reason_can_be_used_again, *label("F9"))
{
    reason from = of(std::runtime_error("x"));
    const reason to = std::move(from);
    from = errc::timed_out;
    BOOST_TEST((from.code() == errc::timed_out));
    BOOST_TEST(to.message() == "x");
}

BOOST_AUTO_TEST_CASE(a_reason_can_displace_itself, *label("F9"))
{
    reason why = errc::timed_out;
    why.suppress(why);
    BOOST_TEST_REQUIRE(why.suppressed().size() == 1U);
    BOOST_TEST((why.suppressed()[0].code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(displacing_many_one_after_another_copies_no_list, *label("F9"))
{
    constexpr std::size_t many = 1'000;
    reason why = errc::timed_out;
    const long before = support::global_allocations;
    for (std::size_t i = 0; i < many; ++i) {
        reason newer = errc::cleanup_failed;
        newer.suppress(std::move(why));
        why = std::move(newer);
    }
    BOOST_TEST(support::global_allocations - before < 20); // a list, which doubles
    BOOST_TEST(why.suppressed().size() == many);
}

BOOST_AUTO_TEST_CASE(list_that_others_know_is_not_added_to, *label("F9"))
{
    reason older = errc::cleanup_failed;
    older.suppress(errc::timed_out);
    reason newer = errc::cleanup_threw;
    newer.suppress(older);
    BOOST_TEST(older.suppressed().size() == 1U);
    BOOST_TEST_REQUIRE(newer.suppressed().size() == 2U);
    BOOST_TEST((newer.suppressed()[0].code() == errc::timed_out));
    BOOST_TEST((newer.suppressed()[1].code() == errc::cleanup_failed));
}
