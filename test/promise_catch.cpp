// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/promise.hpp>

#include "support/end_of.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

struct derived_error : support::operation_error {};

// No std::exception, no common base.
struct odd_error {
    std::string text;
};

// What the handler under test returned, or the reason that passed it by.
template <class Why, class Handler>
settle::outcome<int> caught(Why&& why, Handler&& handler)
{
    asio::io_context context;
    return end_of(context, settle::rejected<int>(context, std::forward<Why>(why))
                               .catch_(std::forward<Handler>(handler)));
}

// Of a failed outcome: none of the values that the tests use.
template <class T>
T value(settle::outcome<T> end)
{
    return end ? *std::move(end) : T();
}

settle::error_code refused()
{
    return make_error_code(boost::system::errc::connection_refused);
}

int free_handler(settle::error_code)
{
    return 1;
}

} // namespace

BOOST_AUTO_TEST_CASE(value_passes_a_rejection_handler_by, *label("P3"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 1).catch_([](const settle::reason&) { return 2; });
    static_assert(std::is_same_v<decltype(p)::value_type, int>);
    BOOST_TEST(value(end_of(context, std::move(p))) == 1);
}

BOOST_AUTO_TEST_CASE(reason_handler_gets_any_reason_whole, *label("P6"))
{
    const auto thrown = std::make_exception_ptr(odd_error{"x"});
    BOOST_TEST(value(caught(thrown, [&](const settle::reason& why) {
                   return why.exception() == thrown ? 1 : 0;
               })) == 1);
    BOOST_TEST(value(caught(refused(), [](settle::reason why) {
                   return why.holds_code() && why.code() == refused() ? 1 : 0;
               })) == 1);
}

BOOST_AUTO_TEST_CASE(generic_handler_gets_the_reason, *label("P6"))
{
    const auto generic = [](auto&& why) {
        static_assert(std::is_same_v<decltype(why), const settle::reason&>);
        return 1;
    };
    BOOST_TEST(value(caught(refused(), generic)) == 1);
    BOOST_TEST(value(caught(std::logic_error("x"), generic)) == 1);
    BOOST_TEST(value(caught(42, [](const auto& why) { return why.holds_code() ? 0 : 1; })) == 1);
    BOOST_TEST(value(caught(42, [](auto... why) { return static_cast<int>(sizeof...(why)); })) ==
               1);
}

BOOST_AUTO_TEST_CASE(exception_ptr_handler_gets_any_reason_as_an_exception, *label("P6"))
{
    const auto thrown = std::make_exception_ptr(odd_error{"x"});
    BOOST_TEST(value(caught(thrown, [&](std::exception_ptr e) { return e == thrown ? 1 : 0; })) ==
               1);
    BOOST_TEST(value(caught(refused(), [](const std::exception_ptr& e) {
                   return support::holds<boost::system::system_error>(e) ? 1 : 0;
               })) == 1);
}

BOOST_AUTO_TEST_CASE(error_code_handler_matches_codes_and_system_errors, *label("P6"))
{
    const auto handler = [](settle::error_code ec) { return ec == refused() ? 1 : 0; };
    BOOST_TEST(value(caught(refused(), handler)) == 1);
    BOOST_TEST(value(caught(boost::system::system_error(refused()), handler)) == 1);
    const auto standard = [](const settle::error_code& ec) {
        return ec == boost::system::errc::connection_refused ? 1 : 0;
    };
    BOOST_TEST(value(caught(std::system_error(std::make_error_code(std::errc::connection_refused)),
                            standard)) == 1);
    BOOST_TEST(value(caught(refused(), &free_handler)) == 1);
}

BOOST_AUTO_TEST_CASE(error_code_handler_lets_other_exceptions_pass, *label("P6"))
{
    const auto thrown = std::make_exception_ptr(std::logic_error("x"));
    const auto end = caught(thrown, [](settle::error_code) { return 1; });
    BOOST_TEST((end.error().exception() == thrown));
}

BOOST_AUTO_TEST_CASE(error_code_handler_matches_a_system_error_without_an_error, *label("P6"))
{
    const auto handler = [](settle::error_code ec) { return ec ? 1 : 2; };
    BOOST_TEST(value(caught(std::system_error(std::error_code()), handler)) == 1);
}

BOOST_AUTO_TEST_CASE(typed_handler_matches_its_type_and_what_derives_from_it, *label("P6"))
{
    const auto handler = [](const support::operation_error&) { return 1; };
    BOOST_TEST(value(caught(support::operation_error(), handler)) == 1);
    BOOST_TEST(value(caught(derived_error(), handler)) == 1);
    BOOST_TEST(value(caught(derived_error(), [](const std::exception& e) {
                   return dynamic_cast<const derived_error*>(&e) != nullptr ? 1 : 0;
               })) == 1);
    BOOST_TEST(value(caught(support::operation_error(),
                            [](support::operation_error&) { return 1; })) == 1);
    BOOST_TEST(
        value(caught(support::operation_error(), [](support::operation_error) { return 1; })) == 1);
    BOOST_TEST(value(caught(odd_error{"odd"},
                            [](const odd_error& e) { return e.text == "odd" ? 1 : 0; })) == 1);
    BOOST_TEST(value(caught(42, [](int i) { return i; })) == 42);
}

BOOST_AUTO_TEST_CASE(typed_handler_lets_a_mismatch_pass_untouched, *label("P6") * label("F4"))
{
    const auto thrown = std::make_exception_ptr(support::operation_error());
    const auto end = caught(thrown, [](const derived_error&) { return 1; });
    BOOST_TEST((end.error().exception() == thrown));
    const auto code = caught(refused(), [](const support::operation_error&) { return 1; });
    BOOST_TEST((code.error().code() == refused()));
    BOOST_TEST(code.error().holds_code());
    BOOST_TEST(!caught(odd_error{"odd"}, [](const std::exception&) { return 1; }));
}

BOOST_AUTO_TEST_CASE(code_matches_the_exception_types_it_stands_for, *label("P6"))
{
    BOOST_TEST(value(caught(refused(), [](const boost::system::system_error& e) {
                   return e.code() == refused() ? 1 : 0;
               })) == 1);
    BOOST_TEST(value(caught(refused(), [](const std::runtime_error&) { return 1; })) == 1);
    BOOST_TEST(value(caught(refused(), [](const std::exception&) { return 1; })) == 1);
    BOOST_TEST(!caught(refused(), [](const std::logic_error&) { return 1; }));
}

BOOST_AUTO_TEST_CASE(explicit_form_names_the_type, *label("P6"))
{
    asio::io_context context;
    const auto reject = [&](auto why) { return settle::rejected<int>(context, std::move(why)); };
    auto typed = reject(support::operation_error()).catch_<support::operation_error>([](auto& e) {
        static_assert(std::is_same_v<std::remove_cvref_t<decltype(e)>, support::operation_error>);
        return 1;
    });
    BOOST_TEST(value(end_of(context, std::move(typed))) == 1);
    auto other = reject(std::logic_error("x")).catch_<support::operation_error>([](const auto&) {
        return 1;
    });
    BOOST_TEST(!end_of(context, std::move(other)));
    auto code = reject(refused()).catch_<settle::error_code>(
        [](auto ec) { return ec == refused() ? 1 : 0; });
    BOOST_TEST(value(end_of(context, std::move(code))) == 1);
    auto pointer = reject(42).catch_<std::exception_ptr>(
        [](auto e) { return support::holds<int>(e) ? 1 : 0; });
    BOOST_TEST(value(end_of(context, std::move(pointer))) == 1);
    auto whole =
        reject(42).catch_<settle::reason>([](const auto& why) { return why.holds_code() ? 0 : 1; });
    BOOST_TEST(value(end_of(context, std::move(whole))) == 1);
    auto bound = reject(support::operation_error())
                     .catch_<std::exception>(asio::bind_executor(context, [](auto&) { return 1; }));
    BOOST_TEST(value(end_of(context, std::move(bound))) == 1);
}

BOOST_AUTO_TEST_CASE(bound_handlers_match_as_bare_ones, *label("P6"))
{
    asio::io_context context;
    const auto bound = [&](auto handler) {
        return asio::bind_allocator(std::allocator<int>(),
                                    asio::bind_executor(context.get_executor(), handler));
    };
    const auto end = [&](auto why, auto handler) {
        return end_of(context, settle::rejected<int>(context, why).catch_(bound(handler)));
    };
    const auto typed = [](const support::operation_error&) { return 1; };
    BOOST_TEST(value(end(support::operation_error(), typed)) == 1);
    BOOST_TEST(!end(std::logic_error("x"), typed));
    BOOST_TEST(!end(refused(), typed));
    const auto code = [](settle::error_code) { return 1; };
    BOOST_TEST(value(end(refused(), code)) == 1);
    BOOST_TEST(!end(std::logic_error("x"), code));
    BOOST_TEST(value(end(42, [](std::exception_ptr) { return 1; })) == 1);
    BOOST_TEST(value(end(42, [](const settle::reason&) { return 1; })) == 1);
    BOOST_TEST(value(end(42, [](auto&&) { return 1; })) == 1);
}

BOOST_AUTO_TEST_CASE(second_handler_of_then_matches_in_the_same_way, *label("P6"))
{
    asio::io_context context;
    const auto end = [&](auto why, auto handler) {
        return end_of(
            context,
            settle::rejected<int>(context, why).then([](int) { return 0; }, std::move(handler)));
    };
    const auto typed = [](const support::operation_error&) { return 1; };
    BOOST_TEST(value(end(derived_error(), typed)) == 1);
    BOOST_TEST(!end(std::logic_error("x"), typed));
    BOOST_TEST(value(end(refused(), [](settle::error_code) { return 1; })) == 1);
    BOOST_TEST(!end(42, [](settle::error_code) { return 1; }));
    BOOST_TEST(value(end(42, [](std::exception_ptr) { return 1; })) == 1);
    BOOST_TEST(value(end(derived_error(), asio::bind_executor(context, typed))) == 1);
    BOOST_TEST(!end(std::logic_error("x"), asio::bind_executor(context, typed)));
}

BOOST_AUTO_TEST_CASE(std_function_matches_by_its_signature, *label("P6"))
{
    const std::function<int(const support::operation_error&)> typed =
        [](const support::operation_error&) { return 1; };
    BOOST_TEST(value(caught(support::operation_error(), typed)) == 1);
    BOOST_TEST(!caught(std::logic_error("x"), typed));
    const std::function<int(settle::error_code)> code = free_handler;
    BOOST_TEST(value(caught(refused(), code)) == 1);
}

BOOST_AUTO_TEST_CASE(result_takes_the_place_of_the_value, *label("P4"))
{
    asio::io_context context;
    auto text = settle::rejected<std::string>(context, refused()).catch_([](settle::error_code) {
        return "literal";
    });
    BOOST_TEST(value(end_of(context, std::move(text))) == "literal");
    auto adopted = settle::rejected<int>(context, refused()).catch_([&](settle::error_code) {
        return settle::resolved(context, 5);
    });
    BOOST_TEST(value(end_of(context, std::move(adopted))) == 5);
    auto again =
        settle::rejected<int>(context, refused())
            .catch_([](settle::error_code) -> settle::outcome<int> { return errc::timed_out; });
    BOOST_TEST((end_of(context, std::move(again)).error().code() == errc::timed_out));
    auto nothing = settle::rejected<void>(context, refused()).catch_([](settle::error_code) {});
    BOOST_TEST(end_of(context, std::move(nothing)).has_value());
    auto thrown = settle::rejected<int>(context, refused()).catch_([](settle::error_code) -> int {
        throw support::operation_error();
    });
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(thrown)).error().exception()));
}

BOOST_AUTO_TEST_CASE(void_promise_ignores_what_a_rejection_handler_returns, *label("P4"))
{
    asio::io_context context;
    auto p =
        settle::rejected<void>(context, refused()).catch_([](settle::error_code) { return 1; });
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(reason_that_was_rethrown_keeps_its_object, *label("F4"))
{
    const auto thrown = std::make_exception_ptr(support::operation_error());
    const auto end = caught(thrown, [](std::exception_ptr e) -> int { std::rethrow_exception(e); });
    BOOST_TEST((end.error().exception() == thrown));
}

BOOST_AUTO_TEST_CASE(what_a_handler_does_not_get_is_reported, *label("U4") * label("F9"))
{
    support::report_collector reports;
    settle::reason why = std::make_exception_ptr(support::cleanup_error());
    why.suppress(std::make_exception_ptr(support::operation_error()));
    const auto displaced = settle::report_kind::displaced_reason;

    BOOST_TEST(value(caught(why, [](const settle::reason& r) {
                   return static_cast<int>(r.suppressed().size());
               })) == 1);
    BOOST_TEST(caught(why, [](settle::error_code) { return 1; }).error().suppressed().size() == 1U);
    BOOST_TEST(caught(why, [](const derived_error&) { return 1; }).error().suppressed().size() ==
               1U);
    BOOST_TEST(reports.count() == 0U);

    BOOST_TEST(value(caught(why, [](const support::cleanup_error&) { return 1; })) == 1);
    BOOST_TEST(reports.count(displaced) == 1U);
    BOOST_TEST(value(caught(why, [](std::exception_ptr) { return 1; })) == 1);
    BOOST_TEST(reports.count(displaced) == 2U);
    settle::reason code = errc::cleanup_failed;
    code.suppress(errc::timed_out);
    BOOST_TEST(value(caught(code, [](settle::error_code) { return 1; })) == 1);
    BOOST_TEST(reports.count(displaced) == 3U);
    BOOST_TEST(reports.count() == 3U);
}
