// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally() with the token adapters that add values to a completion.

#include <settle/finally.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/values.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::async_script;
using support::cleanup_error;
using support::holds;

namespace {

const error_code eof = asio::error::eof;
const error_code threw = settle::errc::cleanup_threw;

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;

    auto cleanup(bool fails)
    {
        return [this, fails] {
            ++cleanups;
            if (fails)
                throw cleanup_error();
        };
    }

    template <class Token>
    void ends_with_eof(Token&& token)
    {
        async_script<void(error_code, int)>(
            context, [](auto& h) { std::move(h)(eof, 5); }, std::forward<Token>(token));
        context.run();
        context.restart();
        BOOST_TEST(completions == 1);
        BOOST_TEST(cleanups == 1);
        completions = cleanups = 0;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(added_values, fixture, *label("S8") * label("S5"))

BOOST_AUTO_TEST_CASE(appended_value_comes_last_both_ways_round)
{
    const auto expects = [&](error_code expected) {
        return [&, expected](error_code ec, int value, char added) {
            ++completions;
            BOOST_TEST((ec == expected));
            BOOST_TEST(value == 5);
            BOOST_TEST(added == 'a');
        };
    };
    ends_with_eof(finally(cleanup(false), asio::append(expects(eof), 'a')));
    ends_with_eof(finally(cleanup(true), asio::append(expects(threw), 'a')));
    ends_with_eof(asio::append(finally(cleanup(false), expects(eof)), 'a'));
    ends_with_eof(asio::append(finally(cleanup(true), expects(threw)), 'a'));
}

BOOST_AUTO_TEST_CASE(value_prepended_inside_comes_first, *label("S2"))
{
    const auto expects = [&](error_code expected) {
        return [&, expected](char added, error_code ec, int value) {
            ++completions;
            BOOST_TEST((ec == expected));
            BOOST_TEST(value == 5);
            BOOST_TEST(added == 'p');
        };
    };
    ends_with_eof(finally(cleanup(false), asio::prepend(expects(eof), 'p')));
    ends_with_eof(finally(cleanup(true), asio::prepend(expects(threw), 'p')));
}

// What prepend() has hidden is a value: the cleanup's failure gets a slot of its own.
BOOST_AUTO_TEST_CASE(value_prepended_outside_hides_the_slot, *label("S4"))
{
    for (const bool fails : {false, true}) {
        const auto handler = [&](std::exception_ptr e, char added, error_code ec, int value) {
            ++completions;
            BOOST_TEST(holds<cleanup_error>(e) == fails);
            BOOST_TEST((ec == eof));
            BOOST_TEST(value == 5);
            BOOST_TEST(added == 'p');
        };
        ends_with_eof(asio::prepend(finally(cleanup(fails), handler), 'p'));
    }
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
