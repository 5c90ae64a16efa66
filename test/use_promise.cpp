// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/use_promise.hpp>

#include "support/end_of.hpp"
#include "support/manual_operation.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/finally.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::unit_test::label;
using settle::errc;
using settle::use_promise;
using support::end_of;

template <class T, class P>
inline constexpr bool promises = std::same_as<typename std::remove_cvref_t<P>::value_type, T>;

constexpr auto never = asio::steady_timer::time_point::max();
constexpr auto at_once = asio::steady_timer::time_point::min();

/// An operation that names its executor, and tells what it finds to be its handler's.
struct names_its_executor {
    asio::io_context& own;
    asio::io_context& other;
    asio::any_io_executor& unless_named;
    asio::any_io_executor& falling_back;

    [[nodiscard]] asio::any_io_executor get_executor() const { return own.get_executor(); }

    template <class Handler>
    void operator()(Handler handler) const
    {
        unless_named = asio::get_associated_executor(handler);
        falling_back = asio::get_associated_executor(handler, other.get_executor());
        asio::post(falling_back, [handler = std::move(handler)]() mutable {
            std::move(handler)(settle::error_code(), 1);
        });
    }
};

/// One that does not, and hides its handler's type.
struct erases_its_handler {
    asio::io_context& own;
    asio::any_completion_executor& found;

    [[nodiscard]] asio::any_io_executor get_executor() const { return own.get_executor(); }

    void operator()(asio::any_completion_handler<void(int)> handler) const
    {
        found = asio::get_associated_executor(handler);
        asio::post(own, [handler = std::move(handler)]() mutable { std::move(handler)(1); });
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(timer_gives_a_promise_of_nothing, *label("P4"))
{
    asio::io_context context;
    asio::steady_timer timer(context, at_once);
    auto p = timer.async_wait(use_promise);
    static_assert(promises<void, decltype(p)>);
    static_assert(std::same_as<decltype(p)::executor_type, asio::any_io_executor>);
    BOOST_TEST((p.get_executor() == timer.get_executor()));
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    timer.expires_at(never);
    auto cancelled = timer.async_wait(use_promise);
    timer.cancel();
    const auto why = end_of(context, std::move(cancelled)).error();
    BOOST_TEST((why.code() == asio::error::operation_aborted));
    BOOST_TEST(why.holds_code());
}

BOOST_AUTO_TEST_CASE(operation_starts_at_once_and_handlers_are_posted, *label("P2") * label("E7"))
{
    asio::io_context context;
    support::manual_operation<void(settle::error_code)> operation(context.get_executor());
    int ran = 0;
    operation.async_run(use_promise).then([&] { ++ran; }).detach();
    BOOST_TEST(operation.starts() == 1);
    operation.complete_here({});
    BOOST_TEST(ran == 0);
    context.run();
    BOOST_TEST(ran == 1);
}

BOOST_AUTO_TEST_CASE(several_values_give_a_tuple, *label("P4"))
{
    asio::io_context context;
    support::manual_operation<void(settle::error_code, int, std::unique_ptr<int>)> operation(
        context.get_executor());
    auto p = operation.async_run(use_promise);
    static_assert(promises<std::tuple<int, std::unique_ptr<int>>, decltype(p)>);
    operation.complete({}, 1, std::make_unique<int>(2));
    auto sum = std::move(p).then([](int i, std::unique_ptr<int> j) { return i + *j; });
    BOOST_TEST(*end_of(context, std::move(sum)) == 3);
}

BOOST_AUTO_TEST_CASE(first_exception_is_the_rejection, *label("P4") * label("F4"))
{
    asio::io_context context;
    support::manual_operation<void(std::exception_ptr, std::string)> operation(
        context.get_executor());
    auto p = operation.async_run(use_promise);
    static_assert(promises<std::string, decltype(p)>);
    const auto thrown = std::make_exception_ptr(support::operation_error());
    operation.complete(thrown, "ignored");
    BOOST_TEST((end_of(context, std::move(p)).error().exception() == thrown));
    auto q = operation.async_run(use_promise);
    operation.complete(nullptr, "x");
    BOOST_TEST(*end_of(context, std::move(q)) == "x");
}

BOOST_AUTO_TEST_CASE(operation_without_a_slot_fulfils, *label("P4"))
{
    asio::io_context context;
    auto posted = asio::post(context, use_promise);
    static_assert(promises<void, decltype(posted)>);
    BOOST_TEST(end_of(context, std::move(posted)).has_value());
    support::manual_operation<void(bool)> operation(context.get_executor());
    auto p = operation.async_run(use_promise);
    static_assert(promises<bool, decltype(p)>);
    operation.complete(false);
    BOOST_TEST(*end_of(context, std::move(p)) == false);
}

BOOST_AUTO_TEST_CASE(sockets_work, *label("P4"))
{
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    tcp::socket client(context);
    auto accepted = acceptor.async_accept(use_promise);
    static_assert(promises<tcp::socket, decltype(accepted)>); // not default constructible
    auto connected = client.async_connect(acceptor.local_endpoint(), use_promise);
    std::string text(5, ' ');
    std::optional<tcp::socket> server;
    auto received =
        std::move(accepted)
            .then([&](tcp::socket s) {
                server.emplace(std::move(s));
                return asio::async_write(*server, asio::buffer("hello", 5), use_promise);
            })
            .then([&](std::size_t n) {
                BOOST_TEST(n == 5U);
                return asio::async_read(client, asio::buffer(text), use_promise);
            });
    BOOST_TEST(*end_of(context, std::move(received)) == 5U);
    BOOST_TEST(text == "hello");
    BOOST_TEST(end_of(context, std::move(connected)).has_value());
    server.reset();
    auto rest = asio::async_read(client, asio::buffer(text), use_promise);
    BOOST_TEST((end_of(context, std::move(rest)).error().code() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(channels_work, *label("P4"))
{
    asio::io_context context;
    asio::experimental::channel<void(settle::error_code, std::string)> channel(context, 1);
    auto sent = channel.async_send({}, "x", use_promise);
    auto received = channel.async_receive(use_promise);
    static_assert(promises<std::string, decltype(received)>);
    BOOST_TEST(end_of(context, std::move(sent)).has_value());
    BOOST_TEST(*end_of(context, std::move(received)) == "x");
    channel.close();
    auto closed = channel.async_receive(use_promise);
    BOOST_TEST(!end_of(context, std::move(closed)));
}

BOOST_AUTO_TEST_CASE(executor_given_to_the_token_is_the_promises, *label("E1"))
{
    asio::io_context context;
    asio::io_context other;
    asio::steady_timer timer(context, at_once);
    bool there = false;
    const settle::use_promise_t<> token(other.get_executor());
    auto p = timer.async_wait(token);
    BOOST_TEST((p.get_executor() == asio::any_io_executor(other.get_executor())));
    auto strand = asio::make_strand(other);
    auto typed = timer.async_wait(settle::use_promise_t<decltype(strand)>(strand));
    static_assert(std::same_as<decltype(typed)::executor_type, decltype(strand)>);
    auto bound = timer.async_wait(asio::bind_executor(other.get_executor(), use_promise));
    BOOST_TEST((bound.get_executor() == asio::any_io_executor(other.get_executor())));
    std::move(p).then([&] { there = true; }).detach();
    std::move(typed).detach();
    std::move(bound).detach();
    context.run();
    BOOST_TEST(!there);
    other.run();
    BOOST_TEST(there);
}

BOOST_AUTO_TEST_CASE(operation_falls_back_on_its_own_executor, *label("E11") * label("E1"))
{
    asio::io_context context;
    asio::io_context other;
    asio::any_io_executor unless_named;
    asio::any_io_executor falling_back;
    const names_its_executor operation{context, other, unless_named, falling_back};
    const auto start = [&](const auto& token) {
        using token_type = std::remove_cvref_t<decltype(token)>;
        return asio::async_initiate<const token_type, void(settle::error_code, int)>(operation,
                                                                                     token);
    };
    const asio::any_io_executor own(context.get_executor());
    const asio::any_io_executor others(other.get_executor());
    auto p = start(use_promise);
    static_assert(promises<int, decltype(p)>);
    BOOST_TEST((p.get_executor() == own));
    BOOST_TEST((unless_named == own));
    BOOST_TEST((falling_back == others));
    // One that is given is the handler's, whatever the operation falls back on.
    auto q = start(settle::use_promise_t<>(own));
    BOOST_TEST((unless_named == own));
    BOOST_TEST((falling_back == own));
    // Wherever the operation ends, the continuation runs on the promise's.
    int there = 0;
    std::move(p).then([&](int value) { there += value; }).detach();
    other.run();
    BOOST_TEST(there == 0);
    BOOST_TEST(end_of(context, std::move(q)).has_value());
    BOOST_TEST(there == 1);
}

BOOST_AUTO_TEST_CASE(erased_handler_has_the_promises_executor, *label("E11"))
{
    asio::io_context context;
    asio::any_completion_executor found;
    const auto initiation = erases_its_handler{context, found};
    auto p = asio::async_initiate<decltype(use_promise), void(int)>(initiation, use_promise);
    BOOST_TEST((found == asio::any_completion_executor(context.get_executor())));
    BOOST_TEST(*end_of(context, std::move(p)) == 1);
}

BOOST_AUTO_TEST_CASE(token_can_be_an_objects_default, *label("E1"))
{
    asio::io_context context;
    auto timer = use_promise.as_default_on(asio::steady_timer(context));
    timer.expires_at(at_once);
    auto p = timer.async_wait();
    static_assert(promises<void, decltype(p)>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    using executor = asio::io_context::executor_type;
    using token = settle::use_promise_t<executor>;
    using io_timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, executor>;
    token::as_default_on_t<io_timer> typed(context);
    typed.expires_at(at_once);
    auto q = typed.async_wait();
    static_assert(std::same_as<decltype(q), settle::promise<void, executor>>);
    BOOST_TEST(end_of(context, std::move(q)).has_value());
    static_assert(std::same_as<
                  settle::use_promise_t<>::rebind_executor<asio::io_context::executor_type>::other,
                  token>);
}

BOOST_AUTO_TEST_CASE(place_of_origin_is_unknown_unless_told, *label("U1") * label("U3"))
{
    support::report_collector reports;
    asio::io_context context;
    asio::steady_timer timer(context, never);
    timer.async_wait(use_promise).detach();
    const auto line = std::source_location::current().line() + 1;
    timer.async_wait(use_promise.at()).detach();
    timer.cancel();
    context.run();
    const auto all = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].where.line() == 0U);
    BOOST_TEST(all[1].where.line() == line);
    BOOST_TEST((all[1].why.code() == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(dropped_operation_breaks_the_promise, *label("P8"))
{
    asio::io_context context;
    support::manual_operation<void(settle::error_code)> operation(context.get_executor());
    int cleanups = 0;
    auto p = operation.async_run(use_promise).finally([&] { ++cleanups; });
    operation.drop();
    BOOST_TEST((end_of(context, std::move(p)).error().code() == errc::broken_promise));
    BOOST_TEST(cleanups == 1);
}

BOOST_AUTO_TEST_CASE(throwing_initiation_throws_to_its_caller, *label("F17"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto start = [&](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code)>(
            asio::bind_executor(context,
                                [](auto handler) {
                                    const auto taken = std::move(handler);
                                    throw support::operation_error();
                                }),
            token);
    };
    BOOST_CHECK_THROW(start(use_promise).detach(), support::operation_error);
    context.run();
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(finally_hands_the_whole_reason_to_the_promise, *label("F9") * label("P7"))
{
    support::report_collector reports;
    asio::io_context context;
    asio::steady_timer timer(context, never);
    auto p = timer.async_wait(settle::finally([] { throw support::cleanup_error(); }, use_promise));
    timer.cancel();
    const auto why = end_of(context, std::move(p)).error();
    BOOST_TEST(support::holds<support::cleanup_error>(why.exception()));
    BOOST_TEST_REQUIRE(why.suppressed().size() == 1U);
    BOOST_TEST((why.suppressed()[0].code() == asio::error::operation_aborted));
    BOOST_TEST(why.suppressed()[0].holds_code());
    BOOST_TEST(reports.count() == 0U);
}

BOOST_AUTO_TEST_CASE(value_that_cannot_be_stored_rejects, *label("F10"))
{
    struct throws_on_move {
        throws_on_move() = default;
        throws_on_move(const throws_on_move&) { throw support::operation_error(); }
    };
    asio::io_context context;
    int cleanups = 0;
    const auto start = [&](auto&& token) {
        return asio::async_initiate<decltype(token), void(throws_on_move)>(
            asio::bind_executor(context,
                                [](auto handler) {
                                    const throws_on_move value;
                                    std::move(handler)(value);
                                }),
            token);
    };
    auto p = start(use_promise).finally([&] { ++cleanups; }).then([](const throws_on_move&) {});
    BOOST_TEST(support::holds<support::operation_error>(
        end_of(context, std::move(p)).error().exception()));
    BOOST_TEST(cleanups == 1);
}
