// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/values.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <any>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

// Constructible from anything: a conversion to it must not be mistaken for a construction.
struct greedy {
    greedy(const greedy&) = default;
    greedy(greedy&&) = default;
    template <class X>
        requires(!std::same_as<std::remove_cvref_t<X>, greedy>)
    greedy(X&&)
        : swallowed(!std::same_as<std::remove_cvref_t<X>, int>)
    {
    }
    bool swallowed;
};

struct not_default_constructible {
    explicit not_default_constructible(int i)
        : value(i)
    {
    }
    int value;
};

template <class T, class P>
inline constexpr bool promises = std::same_as<typename std::remove_cvref_t<P>::value_type, T>;

} // namespace

BOOST_AUTO_TEST_CASE(handler_gets_the_value_and_its_result_settles_the_next, *label("P4"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 20).then([](int i) { return i + 1; }).then([](int i) {
        return std::to_string(i);
    });
    static_assert(promises<std::string, decltype(p)>);
    BOOST_TEST(*end_of(context, std::move(p)) == "21");
}

BOOST_AUTO_TEST_CASE(handler_never_runs_inline, *label("P2") * label("E1"))
{
    asio::io_context context;
    int ran = 0;
    auto settled = settle::resolved(context, 1);
    std::move(settled).then([&](int) { ++ran; }).detach();
    BOOST_TEST(ran == 0);
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).then([&](int) { ++ran; }).detach();
    context.poll();
    BOOST_TEST(ran == 1);
    r.resolve(1);
    BOOST_TEST(ran == 1);
    context.restart();
    context.run();
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(handler_never_runs_inline_on_its_own_loop, *label("P2") * label("E1"))
{
    asio::io_context context;
    int ran = 0;
    asio::post(context, [&] {
        settle::resolved(context, 1).then([&](int) { ++ran; }).detach();
        BOOST_TEST(ran == 0);
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p).then([&](int) { ++ran; }).detach();
        r.resolve(1);
        BOOST_TEST(ran == 0);
    });
    context.run();
    BOOST_TEST(ran == 2);
}

BOOST_AUTO_TEST_CASE(only_the_handler_of_what_happened_runs_and_once, *label("P2"))
{
    asio::io_context context;
    int values = 0;
    int reasons = 0;
    const auto count_value = [&](int) { ++values; };
    const auto count_reason = [&](const settle::reason&) { ++reasons; };
    auto [p, r] = settle::with_resolvers<int>(context);
    std::move(p).then(count_value, count_reason).detach();
    r.resolve(1);
    r.resolve(2);
    r.reject(errc::timed_out);
    context.run();
    BOOST_TEST(values == 1);
    BOOST_TEST(reasons == 0);
    settle::rejected<int>(context, errc::timed_out).then(count_value, count_reason).detach();
    context.restart();
    context.run();
    BOOST_TEST(values == 1);
    BOOST_TEST(reasons == 1);
}

BOOST_AUTO_TEST_CASE(second_handler_does_not_catch_what_the_first_throws, *label("P4"))
{
    asio::io_context context;
    int caught = 0;
    auto p = settle::resolved(context, 1)
                 .then([](int) -> int { throw support::operation_error(); },
                       [&](const settle::reason&) { return ++caught; });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
    BOOST_TEST(caught == 0);
}

BOOST_AUTO_TEST_CASE(throw_of_anything_rejects, *label("P4"))
{
    asio::io_context context;
    auto p = settle::resolved(context).then([] { throw 42; });
    BOOST_TEST(support::holds<int>(end_of(context, std::move(p)).error().exception()));
}

BOOST_AUTO_TEST_CASE(missing_handler_passes_the_outcome, *label("P3"))
{
    asio::io_context context;
    BOOST_TEST(*end_of(context, settle::resolved(context, 1).then(nullptr)) == 1);
    BOOST_TEST(*end_of(context, settle::resolved(context, 2).then(nullptr, nullptr)) == 2);
    BOOST_TEST(
        *end_of(context, settle::resolved(context, 3).then(nullptr, [](const settle::reason&) {
            return 0;
        })) == 3);
    BOOST_TEST((end_of(context, settle::rejected<int>(context, errc::timed_out)
                                    .then([](int i) { return i; }, nullptr))
                    .error()
                    .code() == errc::timed_out));
    BOOST_TEST(end_of(context, settle::resolved(context).then(nullptr)).has_value());
}

BOOST_AUTO_TEST_CASE(empty_handler_passes_the_outcome, *label("P3"))
{
    asio::io_context context;
    int (*no_function)(int) = nullptr;
    BOOST_TEST(*end_of(context, settle::resolved(context, 1).then(no_function)) == 1);
    BOOST_TEST(*end_of(context, settle::resolved(context, 2).then(std::function<int(int)>())) == 2);
    BOOST_TEST(
        end_of(context, settle::resolved(context, 2).then(std::function<void(int)>())).has_value());
    auto caught = settle::rejected<int>(context, errc::timed_out)
                      .catch_(std::function<int(const settle::reason&)>());
    BOOST_TEST((end_of(context, std::move(caught)).error().code() == errc::timed_out));
    auto both = settle::resolved(context, 4)
                    .then(std::function<int(int)>(), std::function<int(settle::error_code)>());
    BOOST_TEST(*end_of(context, std::move(both)) == 4);
}

BOOST_AUTO_TEST_CASE(values_are_moved_and_never_copied, *label("P4"))
{
    asio::io_context context;
    support::counted::copies = 0;
    auto p = settle::resolved(context, support::counted(7))
                 .then([](support::counted c) { return c; })
                 .then([](support::counted&& c) { return std::move(c); })
                 .then(nullptr)
                 .catch_([](const settle::reason&) { return support::counted(0); });
    BOOST_TEST(end_of(context, std::move(p))->id() == 7);
    BOOST_TEST(support::counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(move_only_and_non_default_constructible_values_work, *label("P4"))
{
    asio::io_context context;
    auto p = settle::resolved(context, std::make_unique<int>(3))
                 .then([](std::unique_ptr<int> i) { return not_default_constructible(*i); })
                 .then([](const not_default_constructible& n) {
                     return std::make_unique<int>(n.value);
                 });
    BOOST_TEST(**end_of(context, std::move(p)) == 3);
}

BOOST_AUTO_TEST_CASE(results_that_convert_from_everything_stay_what_they_are, *label("P4"))
{
    asio::io_context context;
    auto any = settle::resolved(context, 1).then([](int i) { return std::any(i); });
    BOOST_TEST(std::any_cast<int>(*end_of(context, std::move(any))) == 1);
    auto through = settle::resolved(context, 1)
                       .then([](int i) -> settle::outcome<std::any> { return std::any(i); })
                       .then([](std::any a) { return std::any_cast<int>(a); });
    BOOST_TEST(*end_of(context, std::move(through)) == 1);
    auto all = settle::resolved(context, 1).then([](int i) { return greedy(i); });
    BOOST_TEST(!end_of(context, std::move(all))->swallowed);
    auto attempted = settle::attempt(context, [] { return std::any(2); });
    BOOST_TEST(std::any_cast<int>(*end_of(context, std::move(attempted))) == 2);
}

BOOST_AUTO_TEST_CASE(references_are_decayed, *label("P4"))
{
    asio::io_context context;
    std::string text = "x";
    auto p = settle::resolved(context).then([&]() -> std::string& { return text; });
    static_assert(promises<std::string, decltype(p)>);
    BOOST_TEST(*end_of(context, std::move(p)) == "x");
    BOOST_TEST(text == "x");
    auto q = settle::resolved(context).then([&] { return std::ref(text); });
    static_assert(promises<std::reference_wrapper<std::string>, decltype(q)>);
    BOOST_TEST(&end_of(context, std::move(q))->get() == &text);
}

BOOST_AUTO_TEST_CASE(error_codes_and_exceptions_can_be_values, *label("P4"))
{
    asio::io_context context;
    auto code = settle::resolved(context).then([] { return settle::error_code(errc::timed_out); });
    static_assert(promises<settle::error_code, decltype(code)>);
    auto code_seen = std::move(code).then([](settle::error_code ec) { return ec; });
    const auto end = end_of(context, std::move(code_seen));
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST((*end == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(an_outcome_settles_without_a_throw, *label("P4"))
{
    asio::io_context context;
    auto good = settle::resolved(context, 1).then([](int i) -> settle::outcome<std::string> {
        return std::to_string(i);
    });
    static_assert(promises<std::string, decltype(good)>);
    BOOST_TEST(*end_of(context, std::move(good)) == "1");
    auto bad = settle::resolved(context, 1).then([](int) -> settle::outcome<void> {
        return errc::timed_out;
    });
    static_assert(promises<void, decltype(bad)>);
    const auto end = end_of(context, std::move(bad));
    BOOST_TEST((end.error().code() == errc::timed_out));
    BOOST_TEST(end.error().holds_code());
}

BOOST_AUTO_TEST_CASE(two_handlers_give_their_common_type, *label("P4"))
{
    asio::io_context context;
    auto p = settle::rejected<int>(context, errc::timed_out)
                 .then([](int) { return 1; }, [](const settle::reason&) { return 2.5; });
    static_assert(promises<double, decltype(p)>);
    BOOST_TEST(*end_of(context, std::move(p)) == 2.5);
    auto q = settle::resolved(context, 3)
                 .then([](int i) { return i; },
                       [&](const settle::reason&) { return settle::resolved(context, 2L); });
    static_assert(promises<long, decltype(q)>);
    BOOST_TEST(*end_of(context, std::move(q)) == 3);
    auto r =
        settle::resolved(context, 3)
            .then([](int) -> settle::outcome<void> { return {}; }, [](const settle::reason&) {});
    static_assert(promises<void, decltype(r)>);
    BOOST_TEST(end_of(context, std::move(r)).has_value());
    auto s = settle::resolved(context, std::string("x")).then(nullptr, [](settle::error_code) {
        return "literal";
    });
    static_assert(promises<std::string, decltype(s)>);
    BOOST_TEST(*end_of(context, std::move(s)) == "x");
}

BOOST_AUTO_TEST_CASE(tuple_goes_to_the_handler_whole_or_by_its_elements, *label("P4"))
{
    asio::io_context context;
    const auto pair = [&] {
        return settle::resolved(context, std::tuple(1, std::make_unique<int>(2)));
    };
    auto elements = pair().then([](int i, std::unique_ptr<int> j) { return i + *j; });
    BOOST_TEST(*end_of(context, std::move(elements)) == 3);
    auto whole = pair().then(
        [](std::tuple<int, std::unique_ptr<int>> t) { return std::get<0>(t) + *std::get<1>(t); });
    BOOST_TEST(*end_of(context, std::move(whole)) == 3);
    auto generic = pair().then([](auto&& t) { return *std::get<1>(t); });
    BOOST_TEST(*end_of(context, std::move(generic)) == 2);
    auto bound = pair().then(
        asio::bind_executor(context, [](int i, const std::unique_ptr<int>& j) { return i - *j; }));
    BOOST_TEST(*end_of(context, std::move(bound)) == -1);
    auto empty = settle::resolved(context, std::tuple<>()).then([] { return 5; });
    BOOST_TEST(*end_of(context, std::move(empty)) == 5);
}
