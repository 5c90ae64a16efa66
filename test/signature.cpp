// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The completion signatures that a token sees behind finally().

#include <settle/finally.hpp>
#include <settle/use_promise.hpp>

#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::reason;
using support::cleanup_error;
using support::holds;

namespace {

/// A token that is told its signatures, and keeps them.
struct spy {};

template <class... Signatures>
struct signatures {};

} // namespace

template <class... Signatures>
struct boost::asio::async_result<spy, Signatures...> {
    template <class Initiation, class Token, class... Args>
    static auto initiate(Initiation&&, Token&&, Args&&...)
    {
        return signatures<Signatures...>();
    }
};

namespace {

struct third_party_token {};

const auto fallible = [] {};
const auto infallible = []() noexcept {};
const auto returns_number = []() noexcept { return 1; };
const auto quiet_but_asynchronous = []() noexcept {
    return asio::post(asio::system_executor(), asio::deferred);
};

template <class... Signatures, class Cleanup, class Token = spy>
auto seen_by_token(Cleanup cleanup, Token token = {})
{
    auto adapted = settle::finally(cleanup, token);
    return asio::async_initiate<decltype(adapted), Signatures...>([](auto&&...) {}, adapted);
}

template <class Expected, class Actual>
void same(Actual)
{
    static_assert(std::is_same_v<Expected, Actual>);
}

template <class Token, class Signature>
using for_token = boost::mp11::mp_first<
    settle::detail::downstream_signatures<settle::detail::wish_of<Token>, false, Signature>>;

} // namespace

template <>
inline constexpr bool settle::prefers_exception<third_party_token> = true;

BOOST_AUTO_TEST_SUITE(signatures_behind_finally)

BOOST_AUTO_TEST_CASE(infallible_cleanup_changes_no_signature, *label("S1"))
{
    same<signatures<void()>>(seen_by_token<void()>(infallible));
    same<signatures<void(int)>>(seen_by_token<void(int)>(returns_number));
    same<signatures<void(error_code, int)>>(seen_by_token<void(error_code, int)>(infallible));
    same<signatures<void(std::string, int)>>(seen_by_token<void(std::string, int)>(nullptr));
    void (*pointer)() noexcept = nullptr;
    same<signatures<void(int)>>(seen_by_token<void(int)>(pointer));
}

BOOST_AUTO_TEST_CASE(noexcept_does_not_make_an_asynchronous_cleanup_infallible, *label("S1"))
{
    same<signatures<void(std::exception_ptr)>>(seen_by_token<void()>(quiet_but_asynchronous));
}

BOOST_AUTO_TEST_CASE(error_code_signature_stays, *label("S2"))
{
    same<signatures<void(error_code)>>(seen_by_token<void(error_code)>(fallible));
    same<signatures<void(error_code, std::size_t)>>(
        seen_by_token<void(error_code, std::size_t)>(fallible));
    same<signatures<void(const error_code&, int)>>(
        seen_by_token<void(const error_code&, int)>(fallible));
}

BOOST_AUTO_TEST_CASE(exception_signature_stays, *label("S3"))
{
    same<signatures<void(std::exception_ptr)>>(seen_by_token<void(std::exception_ptr)>(fallible));
    same<signatures<void(std::exception_ptr, int)>>(
        seen_by_token<void(std::exception_ptr, int)>(fallible));
}

BOOST_AUTO_TEST_CASE(signature_without_a_slot_gets_one, *label("S4"))
{
    same<signatures<void(std::exception_ptr)>>(seen_by_token<void()>(fallible));
    same<signatures<void(std::exception_ptr, int, std::string)>>(
        seen_by_token<void(int, std::string)>(fallible));
    // Only the first parameter is a slot.
    same<signatures<void(std::exception_ptr, int, error_code)>>(
        seen_by_token<void(int, error_code)>(fallible));
}

BOOST_AUTO_TEST_CASE(added_slot_is_null_unless_the_cleanup_fails, *label("S4") * label("S5"))
{
    asio::io_context context;
    support::manual_operation<void(int, std::string)> operation(context.get_executor());
    int completions = 0;
    bool fails = false;
    for (fails = false; completions < 2; fails = true) {
        auto cleanup = [&] {
            if (fails)
                throw cleanup_error();
        };
        operation.async_run(
            settle::finally(cleanup, [&](std::exception_ptr e, int number, std::string text) {
                ++completions;
                BOOST_TEST(holds<cleanup_error>(e) == fails);
                BOOST_TEST(!e == !fails);
                BOOST_TEST(number == 3);
                BOOST_TEST(text == "text");
            }));
        operation.complete(3, "text");
        context.run();
        context.restart();
    }
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(several_signatures_are_each_transformed_once, *label("S7"))
{
    same<signatures<void(error_code), void(std::exception_ptr, int)>>(
        seen_by_token<void(error_code), void(int)>(fallible));
    same<signatures<void(std::exception_ptr, int)>>(
        seen_by_token<void(std::exception_ptr, int), void(int)>(fallible));
    same<signatures<void(error_code), void(int)>>(
        seen_by_token<void(error_code), void(int)>(infallible));
}

BOOST_AUTO_TEST_CASE(qualifiers_are_kept, *label("S7"))
{
    using settle::detail::downstream_signature;
    using settle::detail::slot_wish;
    static_assert(
        std::is_same_v<downstream_signature<void(int)&&, false, slot_wish::as_it_is>::type,
                       void(std::exception_ptr, int) &&>);
    static_assert(
        std::is_same_v<downstream_signature<void(int) noexcept, false, slot_wish::as_it_is>::type,
                       void(std::exception_ptr, int) noexcept>);
    static_assert(std::is_same_v < downstream_signature < void(error_code) && noexcept, false,
                  slot_wish::as_it_is > ::type, void(error_code) && noexcept >);
    static_assert(std::is_same_v<downstream_signature<void(int)&, false, slot_wish::as_it_is>::type,
                                 void(int)&>);
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(tokens_that_throw_anyway_get_the_exception, *label("S6"))
{
    using code = void(error_code, int);
    using exception = void(std::exception_ptr, int);
    static_assert(std::is_same_v<for_token<asio::use_awaitable_t<>, code>, exception>);
    static_assert(std::is_same_v<for_token<asio::use_future_t<>, code>, exception>);
    static_assert(std::is_same_v<for_token<third_party_token, code>, exception>);

    asio::io_context context;
    const auto through = [&](auto token, auto expected) {
        static_assert(
            std::is_same_v<for_token<decltype(token), code>, typename decltype(expected)::type>);
    };
    using to_exception = std::type_identity<exception>;
    through(asio::bind_executor(context, asio::use_awaitable), to_exception());
    through(asio::consign(asio::use_future, 1), to_exception());
    through(asio::append(asio::use_awaitable, 1), to_exception());
    through(asio::consign(asio::bind_executor(context, asio::use_future), 1), to_exception());

    using to_code = std::type_identity<code>;
    error_code ec;
    through(asio::as_tuple(asio::use_awaitable), to_code());
    through(asio::redirect_error(asio::use_awaitable, ec), to_code());
    through(asio::prepend(asio::use_awaitable, 1), to_code());
    through(asio::use_future([](error_code, int) {}), to_code());
    through(asio::deferred, to_code());
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(cleanup_between_does_not_hide_the_token, *label("S6") * label("F16"))
{
    using nested = settle::finally_t<decltype([] {}), asio::use_awaitable_t<>>;
    static_assert(
        std::is_same_v<for_token<nested, void(error_code, int)>, void(std::exception_ptr, int)>);
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
