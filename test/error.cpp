// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <system_error>

using boost::unit_test::label;
using settle::errc;

BOOST_AUTO_TEST_CASE(every_error_is_a_failure_with_words_of_its_own, *label("S2"))
{
    std::set<std::string> messages;
    for (const auto e :
         {errc::broken_promise, errc::self_resolution, errc::cleanup_failed, errc::cleanup_threw,
          errc::timed_out, errc::already_disposed, errc::exception_thrown}) {
        const settle::error_code code = e;
        BOOST_TEST(code.failed());
        BOOST_TEST((code == e));
        BOOST_TEST(&code.category() == &settle::error_category());
        messages.insert(code.message());
    }
    BOOST_TEST(messages.size() == 7U);
    BOOST_TEST(!messages.contains(settle::error_category().message(12345)));
    BOOST_TEST(!settle::error_category().message(12345).empty());
}

BOOST_AUTO_TEST_CASE(category_is_named_after_the_library, *label("U3"))
{
    BOOST_TEST(std::string(settle::error_category().name()) == "settle");
}

BOOST_AUTO_TEST_CASE(codes_survive_the_way_through_the_standard_library, *label("P6"))
{
    const std::error_code standard = settle::error_code(errc::timed_out);
    BOOST_TEST((settle::error_code(standard) == errc::timed_out));
    BOOST_TEST(standard.message() == settle::error_code(errc::timed_out).message());
}
