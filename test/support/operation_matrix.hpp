// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Every way to wait for a real operation, with every kind of cleanup and every ending: what must
// come of it is the same everywhere.

#include "guarded_run.hpp"
#include "values.hpp"
#include "ways_to_wait.hpp"

#include <settle/error.hpp>
#include <settle/reason.hpp>

#include <boost/test/unit_test.hpp>

#include <tuple>
#include <type_traits>

namespace support {

/// Checks one run. Besides what guarded_run says the Operation provides
///
///     bool ended_so(error_code) const;     whether that is the error of its ending
///     bool intact(const value_type&) const;
///     bool tidy_fails() const;             whether tidy() ends in an error
///     bool tidied_so(error_code) const;    and in which
template <class Way, class Run>
void check_run(Run& run, tidying how, ending end)
{
    const bool asynchronous = how != tidying::returns && how != tidying::throws;
    const bool tidy_failed = asynchronous && run.operation.tidy_fails();
    const bool threw = how == tidying::throws || (how == tidying::coroutine_throws && !tidy_failed);
    const bool cleanup_failed = threw || tidy_failed;
    const bool both = cleanup_failed && end != ending::succeeds;

    BOOST_TEST(run.cleanups == 1);
    BOOST_TEST(run.cleanups_ended == 1);
    BOOST_TEST(run.completions == 1);
    BOOST_TEST(!run.overlapped);
    BOOST_TEST(run.cleanup_at_home);

    const auto ended_so = [&](const settle::reason& why) {
        if (threw)
            return holds<cleanup_error>(why.exception());
        return tidy_failed ? run.operation.tidied_so(why.code())
                           : run.operation.ended_so(why.code());
    };
    const bool fails = cleanup_failed || end != ending::succeeds;
    constexpr auto form = Way::form;
    const bool as_code =
        form == outcome_form::code || (form == outcome_form::tuple && !cleanup_failed);
    BOOST_TEST(run.seen.code.has_value() == as_code);
    if (as_code) {
        if (threw)
            BOOST_TEST((*run.seen.code == settle::errc::cleanup_threw));
        else
            BOOST_TEST(ended_so(*run.seen.code));
    } else if (form == outcome_form::reason) {
        BOOST_TEST(run.seen.why.has_value() == fails);
        if (run.seen.why) {
            BOOST_TEST(ended_so(*run.seen.why));
            BOOST_TEST(run.seen.why->suppressed().size() == (both ? 1u : 0u));
            if (both)
                BOOST_TEST(run.operation.ended_so(run.seen.why->suppressed()[0].code()));
        }
    } else {
        BOOST_TEST((run.seen.exception != nullptr) == fails);
        if (run.seen.exception)
            BOOST_TEST(ended_so(run.seen.exception));
    }

    BOOST_TEST(run.seen.value.has_value() == (as_code || !fails));
    if (run.seen.value)
        BOOST_TEST(run.operation.intact(*run.seen.value));

    const bool displaced = both && (form == outcome_form::code || form == outcome_form::exception);
    BOOST_TEST(run.reports.count(settle::report_kind::displaced_reason) == (displaced ? 1u : 0u));
    const bool unspeakable = threw && as_code;
    BOOST_TEST(run.reports.count(settle::report_kind::cleanup_failed) == (unspeakable ? 1u : 0u));
    BOOST_TEST(run.reports.count() == (displaced ? 1u : 0u) + (unspeakable ? 1u : 0u));
}

/// One run: starts, brings the ending about, and lets the loop run out.
template <class Operation, class Way, template <class> class Cleanup>
void run_once(ending end, tidying how)
{
    BOOST_TEST_CONTEXT("operation " << to_string(end) << ", cleanup " << to_string(how))
    {
        guarded_run<Operation> run(end);
        auto collect = Way::begin(run, Cleanup<guarded_run<Operation>>(run, how));
        while (!run.started)
            BOOST_REQUIRE(run.context.run_one() == 1u);
        run.operation.provoke(run.signal);
        run.context.run();
        collect();
        check_run<Way>(run, how, end);
    }
}

/// Every ending the operation has, with every kind of cleanup. An operation that says that it is
/// slow_to_compile gets only one of the asynchronous kinds with the ways that share no handler.
template <class Operation, class Way>
void run_every_ending()
{
    constexpr bool all =
        !requires { Operation::slow_to_compile; } || std::is_same_v<Way, ways::callback> ||
        std::is_same_v<Way, ways::deferred_token> || std::is_same_v<Way, ways::piped>;
    for (const ending end : Operation::endings) {
        run_once<Operation, Way, synchronous_cleanup>(end, tidying::returns);
        run_once<Operation, Way, synchronous_cleanup>(end, tidying::throws);
        if constexpr (all || Way::form == outcome_form::code || Way::form == outcome_form::reason)
            run_once<Operation, Way, operation_cleanup>(end, tidying::operation);
        if constexpr (all || Way::form == outcome_form::exception ||
                      Way::form == outcome_form::tuple) {
            run_once<Operation, Way, coroutine_cleanup>(end, tidying::coroutine);
            run_once<Operation, Way, coroutine_cleanup>(end, tidying::coroutine_throws);
        }
    }
}

using every_way = std::tuple<ways::callback, ways::deferred_token, ways::piped, ways::future,
                             ways::promise, ways::coroutine, ways::tuple_inside,
                             ways::tuple_outside, ways::yield, ways::yield_with_code>;

/// Without those that only combine the others, for what takes longest to compile.
using main_ways = std::tuple<ways::callback, ways::deferred_token, ways::piped, ways::future,
                             ways::promise, ways::coroutine, ways::tuple_inside, ways::yield>;

/// The same for an operation that posts its own steps to the handler's executor.
using main_ways_at_home =
    std::tuple<ways::callback, ways::deferred_token, ways::piped, ways::future_at_home,
               ways::promise, ways::coroutine, ways::tuple_inside, ways::yield>;

} // namespace support
