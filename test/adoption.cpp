// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/adoption.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace asio = boost::asio;

namespace {

// A future of somebody else's: decided by hand through what it was adopted with.
struct foreign_future {
    struct shared {
        std::optional<settle::resolver<int>> resolver;
    };
    std::shared_ptr<shared> state = std::make_shared<shared>();
};

enum class behaviour { resolves, rejects, throws, decides_and_throws, drops, keeps_and_refuses };

// Does at once what it says.
struct scripted {
    behaviour what;
};

// Perhaps asynchronous, perhaps a number already.
struct perhaps {
    int number;
    operator int() const { return number; }
};

} // namespace

template <>
struct settle::adoption<foreign_future> {
    using value_type = int;
    static bool adopt(foreign_future&& f, settle::resolver<int> r)
    {
        f.state->resolver.emplace(std::move(r));
        return true;
    }
};

template <>
struct settle::adoption<scripted> {
    using value_type = std::unique_ptr<int>;
    static bool adopt(scripted&& s, settle::resolver<std::unique_ptr<int>> r)
    {
        switch (s.what) {
        case behaviour::resolves:
            return r.resolve(std::make_unique<int>(7));
        case behaviour::rejects:
            return r.reject(settle::errc::timed_out);
        case behaviour::throws:
            throw support::operation_error();
        case behaviour::decides_and_throws:
            r.resolve(std::make_unique<int>(8));
            throw support::operation_error();
        default:
            return true;
        }
    }
};

template <>
struct settle::adoption<perhaps> {
    using value_type = int;
    static inline std::optional<settle::resolver<int>> kept;
    static bool adopt(perhaps&& p, settle::resolver<int> r)
    {
        if (p.number < 0)
            return r.resolve(-p.number);
        kept.emplace(std::move(r));
        return false;
    }
};

namespace {

using boost::unit_test::label;
using settle::errc;
using support::end_of;

template <class T, class P>
inline constexpr bool promises = std::same_as<typename std::remove_cvref_t<P>::value_type, T>;

static_assert(settle::detail::adoptable<settle::promise<int>>);
static_assert(settle::detail::adoptable<asio::awaitable<int>>);
static_assert(settle::detail::adoptable<foreign_future>);
static_assert(!settle::detail::adoptable<int>);
static_assert(!settle::detail::adoptable<std::string>);
static_assert(!settle::detail::adoptable<std::unique_ptr<settle::promise<int>>>);
static_assert(!settle::detail::adoptable<settle::resolver<int>>);

} // namespace

BOOST_AUTO_TEST_CASE(promise_is_waited_for_and_its_outcome_adopted, *label("P4"))
{
    asio::io_context context;
    auto [inner, r] = settle::with_resolvers<std::unique_ptr<int>>(context);
    int ran = 0;
    auto p = settle::resolved(context)
                 .then([&] { return std::move(inner); })
                 .then([&](std::unique_ptr<int> i) { return ran = *i; });
    static_assert(promises<int, decltype(p)>);
    context.run();
    BOOST_TEST(ran == 0);
    r.resolve(std::make_unique<int>(4));
    BOOST_TEST(*end_of(context, std::move(p)) == 4);
}

BOOST_AUTO_TEST_CASE(rejection_of_an_adopted_promise_is_the_outcome, *label("P4") * label("U2"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto thrown = std::make_exception_ptr(support::operation_error());
    auto p = settle::resolved(context).then([&] { return settle::rejected<int>(context, thrown); });
    BOOST_TEST((end_of(context, std::move(p)).error().exception() == thrown));
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(promise_of_another_executor_type_is_adopted, *label("P4"))
{
    asio::io_context context;
    auto p = settle::resolved(context).then(
        [&]() -> settle::promise<int> { return settle::resolved(context, 3); });
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
}

BOOST_AUTO_TEST_CASE(awaitable_is_run_and_its_result_adopted, *label("P4"))
{
    asio::io_context context;
    const auto text = [&](std::string t) -> asio::awaitable<std::string> {
        co_await asio::post(context, asio::use_awaitable);
        co_return t + "!";
    };
    auto p = settle::resolved(context, std::string("x")).then(text);
    static_assert(promises<std::string, decltype(p)>);
    BOOST_TEST(*end_of(context, std::move(p)) == "x!");
    const auto fails = [&]() -> asio::awaitable<void> {
        co_await asio::post(context, asio::use_awaitable);
        throw support::operation_error();
    };
    auto q = settle::resolved(context).then(fails);
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(q)).error().exception()));
}

BOOST_AUTO_TEST_CASE(deferred_operation_is_started_and_its_result_adopted, *label("P4"))
{
    asio::io_context context;
    support::manual_operation<void(settle::error_code, int, std::unique_ptr<int>)> several(
        context.get_executor());
    auto p = settle::resolved(context).then([&] { return several.async_run(asio::deferred); });
    static_assert(promises<std::tuple<int, std::unique_ptr<int>>, decltype(p)>);
    BOOST_TEST(several.starts() == 0);
    context.poll();
    BOOST_TEST(several.starts() == 1);
    several.complete({}, 1, std::make_unique<int>(2));
    BOOST_TEST(*std::get<1>(*end_of(context, std::move(p))) == 2);

    support::manual_operation<void(settle::error_code)> fails(context.get_executor());
    auto q = settle::resolved(context).then([&] { return fails.async_run(asio::deferred); });
    static_assert(promises<void, decltype(q)>);
    context.restart();
    context.poll();
    fails.complete(asio::error::eof);
    const auto end = end_of(context, std::move(q));
    BOOST_TEST((end.error().code() == asio::error::eof));
    BOOST_TEST(end.error().holds_code());
}

BOOST_AUTO_TEST_CASE(operation_without_a_slot_always_fulfils, *label("P4"))
{
    asio::io_context context;
    support::manual_operation<void(int)> plain(context.get_executor());
    auto p = settle::resolved(context).then([&] { return plain.async_run(asio::deferred); });
    context.poll();
    plain.complete(0);
    BOOST_TEST(*end_of(context, std::move(p)) == 0);
}

BOOST_AUTO_TEST_CASE(operation_dropped_uncompleted_breaks_the_promise, *label("P4"))
{
    asio::io_context context;
    support::manual_operation<void(settle::error_code)> dropped(context.get_executor());
    auto p = settle::resolved(context).then([&] { return dropped.async_run(asio::deferred); });
    context.poll();
    dropped.drop();
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(operation_that_ignores_its_handler_breaks_the_promise, *label("P4"))
{
    asio::io_context context;
    const auto ignores = [](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code)>([](auto&&) {},
                                                                               token);
    };
    auto p = settle::resolved(context).then([&] { return ignores; });
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(initiation_that_throws_rejects, *label("P4"))
{
    asio::io_context context;
    const auto throws = [](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code)>(
            [](auto handler) {
                auto taken = std::move(handler);
                throw support::operation_error();
            },
            token);
    };
    auto p = settle::resolved(context).then([&] { return throws; });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(adoptables_of_adoptables_are_flattened, *label("P4"))
{
    asio::io_context context;
    foreign_future future;
    auto p =
        settle::resolved(context).then([&]() -> asio::awaitable<settle::outcome<foreign_future>> {
            co_await asio::post(context, asio::use_awaitable);
            co_return future;
        });
    static_assert(promises<int, decltype(p)>);
    context.poll();
    BOOST_TEST_REQUIRE(future.state->resolver.has_value());
    future.state->resolver->resolve(6);
    BOOST_TEST(*end_of(context, std::move(p)) == 6);

    using nested = settle::outcome<settle::promise<int, asio::io_context::executor_type>>;
    auto q =
        settle::resolved(context).then([&]() -> nested { return settle::resolved(context, 1); });
    static_assert(promises<int, decltype(q)>);
    BOOST_TEST(*end_of(context, std::move(q)) == 1);
    auto r = settle::resolved(context, settle::resolved(context, 2));
    static_assert(promises<int, decltype(r)>);
    BOOST_TEST(*end_of(context, std::move(r)) == 2);
}

BOOST_AUTO_TEST_CASE(resolve_takes_every_adoptable_and_starts_lazy_ones_later,
                     *label("P4") * label("E1"))
{
    asio::io_context context;
    bool ran = false;
    const auto lazy = [&]() -> asio::awaitable<int> {
        ran = true;
        co_return 1;
    };
    auto [p, r] = settle::with_resolvers<int>(context);
    BOOST_TEST(r.resolve(lazy()));
    BOOST_TEST(!r.resolve(2));
    BOOST_TEST(!ran);
    BOOST_TEST(*end_of(context, std::move(p)) == 1);

    support::manual_operation<void(settle::error_code, int)> operation(context.get_executor());
    auto [q, s] = settle::with_resolvers<int>(context);
    BOOST_TEST(s.resolve(operation.async_run(asio::deferred)));
    BOOST_TEST(operation.starts() == 0);
    context.restart();
    context.poll();
    BOOST_TEST(operation.starts() == 1);
    operation.complete({}, 5);
    BOOST_TEST(*end_of(context, std::move(q)) == 5);

    auto [u, t] = settle::with_resolvers<std::unique_ptr<int>>(context);
    BOOST_TEST(t.resolve(scripted{behaviour::resolves}));
    BOOST_TEST(**end_of(context, std::move(u)) == 7);
}

BOOST_AUTO_TEST_CASE(type_of_the_users_is_adopted_through_its_resolver, *label("P4"))
{
    asio::io_context context;
    foreign_future future;
    auto p = settle::resolved(context).then([&] { return future; });
    static_assert(promises<int, decltype(p)>);
    context.poll();
    BOOST_TEST_REQUIRE(future.state->resolver.has_value());
    BOOST_TEST(future.state->resolver->resolve(9));
    BOOST_TEST(!future.state->resolver->resolve(10));
    BOOST_TEST(*end_of(context, std::move(p)) == 9);
}

BOOST_AUTO_TEST_CASE(adopt_decides_by_its_resolver_and_by_what_it_throws, *label("P4"))
{
    asio::io_context context;
    const auto end = [&](behaviour what) {
        auto p = settle::resolved(context).then([what] { return scripted{what}; });
        return end_of(context, std::move(p));
    };
    BOOST_TEST(**end(behaviour::resolves) == 7);
    BOOST_TEST((end(behaviour::rejects).error().code() == errc::timed_out));
    BOOST_TEST(
        support::holds<support::operation_error>(end(behaviour::throws).error().exception()));
    BOOST_TEST(**end(behaviour::decides_and_throws) == 8);
    BOOST_TEST((end(behaviour::drops).error().code() == errc::broken_promise));
}

BOOST_AUTO_TEST_CASE(adopt_that_returns_false_leaves_an_ordinary_value, *label("P4"))
{
    support::report_collector reports;
    asio::io_context context;
    auto p = settle::resolved(context).then([] { return perhaps{3}; });
    static_assert(promises<int, decltype(p)>);
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
    auto& kept = settle::adoption<perhaps>::kept;
    BOOST_TEST_REQUIRE(kept.has_value());
    BOOST_TEST(!kept->resolve(100)); // too late: it said no
    kept.reset();
    auto q = settle::resolved(context).then([] { return perhaps{-3}; });
    BOOST_TEST(*end_of(context, std::move(q)) == 3);
    auto r = settle::attempt(context, [] { return perhaps{4}; });
    BOOST_TEST(*end_of(context, std::move(r)) == 4);
    auto s = settle::resolved(context, perhaps{5});
    BOOST_TEST(*end_of(context, std::move(s)) == 5);
    kept.reset();
    BOOST_TEST(reports.count() == 0U);
}
