// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/resolver.hpp>

#include "support/end_of.hpp"
#include "support/values.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <any>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::with_resolvers;
using support::end_of;

struct refuses_to_be_made {
    explicit refuses_to_be_made(int) { throw support::operation_error(); }
};

static_assert(std::is_copy_constructible_v<settle::resolver<int>>);
static_assert(std::is_nothrow_move_constructible_v<settle::resolver<int>>);
static_assert(std::is_convertible_v<settle::resolver<int, asio::io_context::executor_type>,
                                    settle::resolver<int>>);
static_assert(!std::is_convertible_v<settle::resolver<int>,
                                     settle::resolver<int, asio::io_context::executor_type>>);

} // namespace

BOOST_AUTO_TEST_CASE(first_decision_wins_and_says_so, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<int>(context);
    BOOST_TEST(r.resolve(1));
    BOOST_TEST(!r.resolve(2));
    BOOST_TEST(!r.reject(errc::timed_out));
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(rejection_stays_a_rejection, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<int>(context);
    BOOST_TEST(r.reject(errc::timed_out));
    BOOST_TEST(!r.resolve(2));
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::timed_out));
    BOOST_TEST(!r.resolve(3));
}

BOOST_AUTO_TEST_CASE(later_decisions_evaluate_nothing, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<std::unique_ptr<int>>(context);
    BOOST_TEST(r.resolve(std::make_unique<int>(1)));
    auto kept = std::make_unique<int>(2);
    BOOST_TEST(!r.resolve(std::move(kept)));
    BOOST_TEST((kept && *kept == 2));
    auto other = settle::rejected<std::unique_ptr<int>>(context, errc::timed_out);
    BOOST_TEST(!r.resolve(std::move(other)));
    BOOST_TEST(!end_of(context, std::move(other)));
    BOOST_TEST(**end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(copies_decide_the_same_promise, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<int>(context);
    const auto copy = r;
    const settle::resolver<int> converted = r;
    BOOST_TEST(copy.resolve(1));
    BOOST_TEST(!r.resolve(2));
    BOOST_TEST(!converted.reject(errc::timed_out));
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(moved_from_resolver_decides_nothing, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<int>(context);
    auto moved = std::move(r);
    BOOST_TEST(!r.resolve(1));
    BOOST_TEST(!r.reject(errc::timed_out));
    BOOST_TEST(moved.resolve(2));
    BOOST_TEST(*end_of(context, std::move(p)) == 2);
}

BOOST_AUTO_TEST_CASE(last_resolver_gone_undecided_breaks_the_promise, *label("P8"))
{
    asio::io_context context;
    auto made = with_resolvers<int>(context);
    {
        auto first = std::move(made.resolver);
        const auto second = first;
        const settle::resolver<int> third = second;
    }
    BOOST_TEST((end_of(context, std::move(made.promise)).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(a_remaining_copy_keeps_the_promise_whole, *label("P8"))
{
    asio::io_context context;
    auto made = with_resolvers<int>(context);
    std::optional<settle::resolver<int>> kept = made.resolver;
    {
        const auto gone = std::move(made.resolver);
    }
    BOOST_TEST(kept->resolve(1));
    kept.reset();
    BOOST_TEST(*end_of(context, std::move(made.promise)) == 1);
}

BOOST_AUTO_TEST_CASE(assignment_gives_up_the_old_promise, *label("P8"))
{
    asio::io_context context;
    auto first = with_resolvers<int>(context);
    auto second = with_resolvers<int>(context);
    first.resolver = second.resolver;
    auto& self = first.resolver;
    first.resolver = self;
    BOOST_TEST((end_of(context, std::move(first.promise)).error().code() == errc::broken_promise));
    BOOST_TEST(first.resolver.resolve(5));
    BOOST_TEST(*end_of(context, std::move(second.promise)) == 5);
}

BOOST_AUTO_TEST_CASE(value_is_made_in_place_of_the_arguments, *label("P1"))
{
    asio::io_context context;
    auto [text, r1] = with_resolvers<std::string>(context);
    BOOST_TEST(r1.resolve(3U, 'x'));
    BOOST_TEST(*end_of(context, std::move(text)) == "xxx");
    auto [pair, r2] = with_resolvers<std::tuple<int, std::unique_ptr<int>>>(context);
    BOOST_TEST(r2.resolve(1, std::make_unique<int>(2)));
    BOOST_TEST(*std::get<1>(*end_of(context, std::move(pair))) == 2);
    auto [nothing, r3] = with_resolvers<void>(context);
    BOOST_TEST(r3.resolve());
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
    auto [any, r4] = with_resolvers<std::any>(context);
    BOOST_TEST(r4.resolve(4));
    BOOST_TEST(std::any_cast<int>(*end_of(context, std::move(any))) == 4);
}

BOOST_AUTO_TEST_CASE(value_that_cannot_be_made_rejects, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<refuses_to_be_made>(context);
    BOOST_TEST(r.resolve(1));
    BOOST_TEST(!r.reject(errc::timed_out));
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(resolving_with_an_outcome_settles_as_it_says, *label("P4"))
{
    asio::io_context context;
    auto [good, r1] = with_resolvers<int>(context);
    BOOST_TEST(r1.resolve(settle::outcome<int>(3)));
    BOOST_TEST(*end_of(context, std::move(good)) == 3);
    auto [bad, r2] = with_resolvers<int>(context);
    const settle::outcome<int> failed = errc::timed_out;
    BOOST_TEST(r2.resolve(failed));
    BOOST_TEST((end_of(context, std::move(bad)).error().code() == errc::timed_out));
    auto [nothing, r3] = with_resolvers<void>(context);
    BOOST_TEST(r3.resolve(settle::outcome<void>()));
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
}

BOOST_AUTO_TEST_CASE(reject_takes_every_form_of_a_reason, *label("P1"))
{
    asio::io_context context;
    const auto reason_after = [&](auto&& why) {
        auto [p, r] = with_resolvers<int>(context);
        BOOST_TEST(r.reject(std::forward<decltype(why)>(why)));
        return end_of(context, std::move(p)).error();
    };
    BOOST_TEST((reason_after(errc::timed_out).code() == errc::timed_out));
    BOOST_TEST((reason_after(asio::error::eof).code() == asio::error::eof));
    BOOST_TEST((reason_after(settle::error_code(asio::error::eof)).code() == asio::error::eof));
    BOOST_TEST(reason_after(settle::error_code(asio::error::eof)).holds_code());
    const auto refused = std::make_error_code(std::errc::connection_refused);
    BOOST_TEST((reason_after(refused).code() == boost::system::errc::connection_refused));
    const auto thrown = std::make_exception_ptr(support::operation_error());
    BOOST_TEST((reason_after(thrown).exception() == thrown));
    const support::operation_error object;
    BOOST_TEST(support::holds<support::operation_error>(reason_after(object).exception()));
    BOOST_TEST(support::holds<std::logic_error>(reason_after(std::logic_error("x")).exception()));
    BOOST_TEST(support::holds<int>(reason_after(42).exception()));
    settle::reason displacing = errc::cleanup_failed;
    displacing.suppress(errc::timed_out);
    BOOST_TEST(reason_after(displacing).suppressed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(resolving_with_a_promise_locks_the_promise_in, *label("P4") * label("P1"))
{
    asio::io_context context;
    auto [outer, r] = with_resolvers<int>(context);
    auto [inner, q] = with_resolvers<int>(context);
    BOOST_TEST(r.resolve(std::move(inner)));
    BOOST_TEST(!r.resolve(1));
    BOOST_TEST(!r.reject(errc::timed_out));
    BOOST_TEST(q.resolve(2));
    BOOST_TEST(*end_of(context, std::move(outer)) == 2);
}

BOOST_AUTO_TEST_CASE(locked_in_promise_outlives_its_resolvers, *label("P4") * label("P8"))
{
    asio::io_context context;
    auto made = with_resolvers<int>(context);
    auto [inner, q] = with_resolvers<int>(context);
    {
        const auto gone = std::move(made.resolver);
        BOOST_TEST(gone.resolve(std::move(inner)));
    }
    context.poll();
    BOOST_TEST(q.reject(errc::timed_out));
    BOOST_TEST((end_of(context, std::move(made.promise)).error().code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(resolver_knows_its_executor, *label("E1"))
{
    asio::io_context context;
    auto [p, r] = with_resolvers<int>(context);
    BOOST_TEST((r.get_executor() == context.get_executor()));
    BOOST_TEST((p.get_executor() == context.get_executor()));
    r.resolve(1);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}
