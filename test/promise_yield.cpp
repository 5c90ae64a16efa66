// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Promises awaited in a stackful coroutine.

#include <settle/promise.hpp>

#include "support/stackful.hpp"
#include "support/values.hpp"

#include <boost/asio/spawn.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/version.hpp>

#include <memory>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

} // namespace

BOOST_FIXTURE_TEST_CASE(yield_gets_an_outcome, support::stackful, *label("C1"))
{
    in_a_coroutine([this](asio::yield_context yield) {
        const settle::outcome<std::unique_ptr<int>> value =
            settle::as_outcome(settle::resolved(context, std::make_unique<int>(1)))(yield);
        BOOST_TEST(**value == 1);
        const settle::outcome<void> failed =
            settle::as_outcome(settle::rejected<void>(context, errc::timed_out))(yield);
        BOOST_TEST((failed.error().code() == errc::timed_out));
    });
}

#if BOOST_VERSION >= 108200
BOOST_FIXTURE_TEST_CASE(yield_gets_the_value_or_throws, support::stackful, *label("C1"))
{
    in_a_coroutine([this](asio::yield_context yield) {
        BOOST_TEST(settle::resolved(context, 2)(yield) == 2);
        settle::resolved(context)(yield);
        BOOST_CHECK_THROW(settle::rejected<int>(context, support::operation_error())(yield),
                          support::operation_error);
        BOOST_CHECK_THROW(settle::rejected<void>(context, errc::timed_out)(yield),
                          boost::system::system_error);
    });
}
#endif
