// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Operations with several completion signatures, and what a completion's arguments may be.

#include <settle/finally.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/signature_spy.hpp"
#include "support/values.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;
using support::operation_error;
using support::seen_behind;
using support::signatures;

namespace {

using fallible = decltype([] {});
using infallible = decltype([]() noexcept {});

template <class Expected, class Seen>
void same()
{
    BOOST_TEST((std::is_same_v<Seen, Expected>));
}

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;
    std::string called;

    auto succeeds()
    {
        return [this] { ++cleanups; };
    }

    auto fails()
    {
        return [this] {
            ++cleanups;
            throw cleanup_error();
        };
    }

    auto fails_with_code()
    {
        return [this] {
            ++cleanups;
            throw boost::system::system_error(asio::error::fault);
        };
    }

    auto succeeds_later()
    {
        return [this] {
            ++cleanups;
            return asio::post(context, asio::deferred);
        };
    }

    auto fails_later()
    {
        return [this] {
            ++cleanups;
            return asio::post(context, asio::deferred) | finally([] { throw cleanup_error(); });
        };
    }

    /// Called with each of the cleanups that succeed: a synchronous and an asynchronous one.
    template <class F>
    void with_both_kinds(F f)
    {
        const auto run = [&](auto cleanup) {
            cleanups = completions = 0;
            called.clear();
            f(std::move(cleanup));
            context.run();
            context.restart();
            BOOST_TEST(cleanups == 1);
            BOOST_TEST(completions == 1);
        };
        run(succeeds());
        run(succeeds_later());
        BOOST_TEST(reports.count() == 0u);
    }
};

/// Notes which of its overloads was called.
struct overloaded {
    fixture* self;

    void note(const char* which) const
    {
        ++self->completions;
        self->called += which;
    }

    void operator()(error_code) const { note("code"); }
    void operator()(error_code, int) const { note("code+int"); }
    void operator()(std::exception_ptr) const { note("exception"); }
    void operator()(std::exception_ptr, int) const { note("exception+int"); }
    void operator()(std::exception_ptr, long) const { note("exception+long"); }
    void operator()(std::exception_ptr, std::string) const { note("exception+string"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(many_signatures, fixture)

BOOST_AUTO_TEST_CASE(each_signature_is_transformed, *label("S7"))
{
    same<signatures<void(error_code), void(std::exception_ptr, int), void(std::exception_ptr),
                    void(std::exception_ptr, char)>,
         seen_behind<fallible, void(error_code), void(int), void(),
                     void(std::exception_ptr, char)>>();
    same<signatures<void(error_code), void(int), void()>,
         seen_behind<infallible, void(error_code), void(int), void()>>();
}

BOOST_AUTO_TEST_CASE(signatures_that_become_equal_are_one, *label("S7"))
{
    same<signatures<void(std::exception_ptr, int)>,
         seen_behind<fallible, void(int), void(std::exception_ptr, int)>>();
    same<signatures<void(std::exception_ptr), void(std::exception_ptr, int)>,
         seen_behind<fallible, void(), void(int), void(std::exception_ptr),
                     void(std::exception_ptr, int)>>();
    same<signatures<void(int), void(std::exception_ptr, int)>,
         seen_behind<infallible, void(int), void(std::exception_ptr, int)>>();
}

BOOST_AUTO_TEST_CASE(qualifiers_of_completions_are_kept, *label("S7"))
{
    same<signatures<void(std::exception_ptr, int)&&, void(std::exception_ptr, char) noexcept,
                    void(std::exception_ptr) && noexcept>,
         seen_behind<fallible, void(int)&&, void(char) noexcept, void() && noexcept>>();
    same<signatures<void(error_code)&&, void(std::exception_ptr) && noexcept>,
         seen_behind<fallible, void(error_code)&&, void(std::exception_ptr) && noexcept>>();
    // Differently qualified ones are different.
    same<signatures<void(std::exception_ptr, int), void(std::exception_ptr, int) &&>,
         seen_behind<fallible, void(int), void(std::exception_ptr, int) &&>>();
}

BOOST_AUTO_TEST_CASE(equal_signatures_complete_through_one_handler, *label("S7") * label("F4"))
{
    const auto failure = std::make_exception_ptr(operation_error());
    std::exception_ptr seen;
    const auto handler = [&](std::exception_ptr e, int value) {
        ++completions;
        seen = e;
        BOOST_TEST(value == 4);
    };
    const auto start = [&](auto script) {
        async_script<void(int), void(std::exception_ptr, int)>(context, script,
                                                               finally(succeeds(), handler));
        context.run();
        context.restart();
    };
    start([](auto& h) { std::move(h)(4); });
    BOOST_TEST(!seen);
    start([&](auto& h) { std::move(h)(failure, 4); });
    BOOST_TEST((seen == failure));
    BOOST_TEST(completions == 2);
    BOOST_TEST(cleanups == 2);
}

BOOST_AUTO_TEST_CASE(codes_and_exceptions_reach_a_future_as_exceptions, *label("S7") * label("S6"))
{
    const auto failure = std::make_exception_ptr(operation_error());
    const auto start = [&](auto cleanup, auto script) {
        auto future = async_script<void(error_code, int), void(std::exception_ptr, int)>(
            context, script, finally(cleanup, asio::use_future));
        context.run();
        context.restart();
        return future;
    };
    const auto with_code = [](auto& h) { std::move(h)(error_code(asio::error::eof), 4); };
    BOOST_TEST(start(succeeds(), [](auto& h) { std::move(h)(error_code(), 4); }).get() == 4);
    BOOST_CHECK_EXCEPTION(start(succeeds(), with_code).get(), boost::system::system_error,
                          [](const auto& e) { return e.code() == asio::error::eof; });
    BOOST_CHECK_THROW(start(succeeds(), [&](auto& h) { std::move(h)(failure, 4); }).get(),
                      operation_error);
    BOOST_CHECK_THROW(start(fails(), with_code).get(), cleanup_error);
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 1u);
}

BOOST_AUTO_TEST_CASE(arguments_choose_their_signature, *label("S7"))
{
    with_both_kinds([&](auto cleanup) {
        async_script<void(error_code), void(std::exception_ptr), void(int), void(error_code, int)>(
            context, [](auto& h) { std::move(h)(error_code(), 1); },
            finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "code+int");
    with_both_kinds([&](auto cleanup) {
        async_script<void(error_code), void(std::exception_ptr), void(int)>(
            context, [](auto& h) { std::move(h)(1); }, finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception+int");
    with_both_kinds([&](auto cleanup) {
        async_script<void(error_code), void(std::exception_ptr), void(int)>(
            context, [](auto& h) { std::move(h)(std::exception_ptr()); },
            finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception");
}

BOOST_AUTO_TEST_CASE(exact_fit_goes_before_the_first_conversion, *label("S7"))
{
    with_both_kinds([&](auto cleanup) {
        async_script<void(long), void(int)>(
            context, [](auto& h) { std::move(h)(1); }, finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception+int");
    with_both_kinds([&](auto cleanup) {
        async_script<void(int), void(long)>(
            context, [](auto& h) { std::move(h)(1L); }, finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception+long");
    with_both_kinds([&](auto cleanup) {
        async_script<void(int), void(std::string)>(
            context, [](auto& h) { std::move(h)("text"); }, finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception+string");
    // Of two conversions the first.
    with_both_kinds([&](auto cleanup) {
        async_script<void(long), void(int)>(
            context, [](auto& h) { std::move(h)(short(1)); }, finally(cleanup, overloaded{this}));
    });
    BOOST_TEST(called == "exception+long");
}

BOOST_AUTO_TEST_CASE(enumerator_is_an_error_code, *label("S7") * label("S2") * label("F9"))
{
    const auto start = [&](auto cleanup) {
        async_script<void(int), void(error_code)>(
            context, [](auto& h) { std::move(h)(settle::errc::timed_out); },
            finally(cleanup, overloaded{this}));
        context.run();
        context.restart();
    };
    start(fails_with_code());
    BOOST_TEST(called == "code");
    start(fails_later());
    BOOST_TEST(called == "codecode");
    const auto displaced = reports.all(report_kind::displaced_reason);
    BOOST_REQUIRE(displaced.size() == 2u);
    BOOST_TEST((displaced[0].why.code() == settle::errc::timed_out));
    BOOST_TEST((displaced[1].why.code() == settle::errc::timed_out));
}

BOOST_AUTO_TEST_CASE(asios_enumerators_are_error_codes, *label("S2") * label("S5"))
{
    error_code code;
    const auto start = [&](auto cleanup) {
        async_script<void(error_code, int)>(
            context, [](auto& h) { std::move(h)(asio::error::eof, 7); },
            finally(cleanup, [&](error_code ec, int value) {
                ++completions;
                code = ec;
                BOOST_TEST(value == 7);
            }));
        context.run();
        context.restart();
    };
    start(succeeds());
    BOOST_TEST((code == asio::error::eof));
    start(succeeds_later());
    BOOST_TEST((code == asio::error::eof));
    start(fails_with_code());
    BOOST_TEST((code == asio::error::fault));
    start(fails_later());
    BOOST_TEST((code == settle::errc::cleanup_threw));
    BOOST_TEST(completions == 4);
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
