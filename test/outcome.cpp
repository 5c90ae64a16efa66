// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/outcome.hpp>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

using boost::unit_test::label;
using settle::errc;
using settle::outcome;

BOOST_AUTO_TEST_CASE(outcome_is_a_value_or_a_reason, *label("P4"))
{
    const outcome<int> good = 3;
    BOOST_TEST(good.has_value());
    BOOST_TEST(*good == 3);
    const outcome<int> bad = errc::timed_out;
    BOOST_TEST(!bad);
    BOOST_TEST((bad.error().code() == errc::timed_out));
    const outcome<void> nothing;
    BOOST_TEST(nothing.has_value());
}

BOOST_AUTO_TEST_CASE(value_of_a_failed_outcome_throws_what_the_reason_holds, *label("P4"))
{
    const outcome<int> code = errc::timed_out;
    try {
        static_cast<void>(code.value());
        BOOST_TEST(false);
    } catch (const boost::system::system_error& e) {
        BOOST_TEST((e.code() == errc::timed_out));
    }
    const outcome<void> exception = std::make_exception_ptr(std::logic_error("x"));
    BOOST_CHECK_THROW(exception.value(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(outcome_carries_what_the_reason_displaced, *label("F9"))
{
    settle::reason why = errc::cleanup_failed;
    why.suppress(errc::timed_out);
    const outcome<std::unique_ptr<int>> bad = std::move(why);
    BOOST_TEST_REQUIRE(bad.error().suppressed().size() == 1U);
    BOOST_TEST((bad.error().suppressed()[0].code() == errc::timed_out));
}
