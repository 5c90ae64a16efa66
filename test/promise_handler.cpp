// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The kinds of callables that can be handlers, and how long they live.

#include <settle/promise.hpp>

#include "support/end_of.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

int twice(int i)
{
    return 2 * i;
}

struct number {
    int value;
    [[nodiscard]] int get() const { return value; }
};

struct on_lvalue {
    int operator()(int i) & { return i + calls++; }
    int calls = 1;
};

struct on_rvalue {
    int operator()(int i) && { return i + 1; }
    int operator()(int) & = delete;
};

struct on_const {
    int operator()(int i) const& noexcept { return i + 1; }
};

struct overloaded {
    int operator()(int) const { return 1; }
    int operator()(const std::string&) const { return 2; }
};

} // namespace

BOOST_AUTO_TEST_CASE(any_callable_is_a_handler, *label("P4"))
{
    asio::io_context context;
    const auto one = [&] { return settle::resolved(context, 1); };
    BOOST_TEST(*end_of(context, one().then(&twice)) == 2);
    BOOST_TEST(*end_of(context, one().then(twice)) == 2);
    BOOST_TEST(*end_of(context, one().then(on_lvalue())) == 2);
    BOOST_TEST(*end_of(context, one().then(on_rvalue())) == 2);
    BOOST_TEST(*end_of(context, one().then(on_const())) == 2);
    BOOST_TEST(*end_of(context, one().then(overloaded())) == 1);
    BOOST_TEST(*end_of(context, one().then([n = 1](int i) mutable { return i + n++; })) == 2);
    BOOST_TEST(*end_of(context, one().then(std::bind_front(std::plus<int>(), 1))) == 2);
    BOOST_TEST(*end_of(context, settle::resolved(context, number{3}).then(&number::get)) == 3);
    BOOST_TEST(*end_of(context, settle::resolved(context, number{3}).then(&number::value)) == 3);
}

BOOST_AUTO_TEST_CASE(handlers_given_as_lvalues_are_copied, *label("P4"))
{
    asio::io_context context;
    const auto constant = [](int i) { return i + 1; };
    auto counting = [n = std::make_shared<int>(0)](int i) { return i + ++*n; };
    auto p = settle::resolved(context, 1).then(constant).then(counting).then(counting);
    BOOST_TEST(*end_of(context, std::move(p)) == 5);
    auto by_reference = settle::resolved(context, 1).then(std::ref(counting));
    BOOST_TEST(*end_of(context, std::move(by_reference)) == 4);
}

BOOST_AUTO_TEST_CASE(move_only_handlers_are_moved, *label("P4"))
{
    asio::io_context context;
    auto p = settle::resolved(context, 1)
                 .then([n = std::make_unique<int>(2)](int i) { return i + *n; })
                 .catch_([n = std::make_unique<int>(2)](const settle::reason&) { return *n; });
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
}

BOOST_AUTO_TEST_CASE(handler_lives_until_the_coroutine_it_returned_has_ended, *label("F14"))
{
    asio::io_context context;
    const auto witness = std::make_shared<int>(7);
    const std::weak_ptr<int> alive = witness;
    bool alive_in_next = true;
    auto handler = [w = witness, &context](int i) -> asio::awaitable<int> {
        co_await asio::post(context, asio::use_awaitable);
        co_return i + *w;
    };
    auto p = settle::resolved(context, 1).then(std::move(handler)).then([&](int i) {
        alive_in_next = witness.use_count() != 1;
        return i;
    });
    BOOST_TEST(*end_of(context, std::move(p)) == 8);
    BOOST_TEST(!alive_in_next);
}

BOOST_AUTO_TEST_CASE(value_lives_until_the_coroutine_that_took_it_has_ended, *label("F14"))
{
    asio::io_context context;
    auto handler = [&context](const std::string& text) -> asio::awaitable<std::size_t> {
        co_await asio::post(context, asio::use_awaitable);
        co_return text.size();
    };
    auto p = settle::resolved(context, std::string(100, 'x')).then(handler);
    BOOST_TEST(*end_of(context, std::move(p)) == 100U);
}

BOOST_AUTO_TEST_CASE(exception_lives_until_the_coroutine_that_took_it_has_ended, *label("F14"))
{
    asio::io_context context;
    auto handler = [&context](const std::runtime_error& e) -> asio::awaitable<std::string> {
        co_await asio::post(context, asio::use_awaitable);
        co_return e.what();
    };
    auto p =
        settle::rejected<std::string>(context, std::runtime_error("still here")).catch_(handler);
    BOOST_TEST(*end_of(context, std::move(p)) == "still here");
    auto from_code = settle::rejected<std::string>(context, errc::timed_out).catch_(handler);
    BOOST_TEST(*end_of(context, std::move(from_code)) ==
               boost::system::system_error(errc::timed_out).what());
    auto with_reason = [&context](const settle::reason& why) -> asio::awaitable<std::string> {
        co_await asio::post(context, asio::use_awaitable);
        co_return why.message();
    };
    auto q =
        settle::rejected<std::string>(context, std::runtime_error("here too")).catch_(with_reason);
    BOOST_TEST(*end_of(context, std::move(q)) == "here too");
}

BOOST_AUTO_TEST_CASE(function_of_attempt_lives_until_its_coroutine_has_ended, *label("F14"))
{
    asio::io_context context;
    const auto witness = std::make_shared<int>(7);
    auto function = [w = witness, &context]() -> asio::awaitable<int> {
        co_await asio::post(context, asio::use_awaitable);
        co_return *w;
    };
    auto p = settle::attempt(context, std::move(function));
    BOOST_TEST(witness.use_count() == 2);
    long owners_after = 0;
    auto q = std::move(p).then([&](int i) {
        owners_after = witness.use_count();
        return i;
    });
    BOOST_TEST(*end_of(context, std::move(q)) == 7);
    BOOST_TEST(owners_after == 1);
}

BOOST_AUTO_TEST_CASE(captures_are_released_before_the_next_handler_runs, *label("F14"))
{
    asio::io_context context;
    const auto witness = std::make_shared<int>(0);
    long owners = 0;
    auto p = settle::resolved(context, 1)
                 .then([w = witness](int i) { return i; })
                 .catch_([w = witness](const settle::reason&) { return 0; })
                 .finally([w = witness] {})
                 .then([&](int) { owners = witness.use_count(); });
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(owners == 1);
}
