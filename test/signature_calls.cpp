// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// How an operation may call its handler, and with what: lvalue calls, values that can only be
// moved, references.

#include <settle/finally.hpp>

#include "support/report_collector.hpp"
#include "support/scripted_operation.hpp"
#include "support/values.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using settle::report_kind;
using support::async_script;
using support::cleanup_error;
using support::counted;
using support::holds;

namespace {

/// Neither made from nothing nor copied.
class ticket {
public:
    explicit ticket(int number)
        : number_(number)
    {
    }
    ticket(ticket&&) = default;
    ticket& operator=(ticket&&) = default;

    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    int cleanups = 0;
    int completions = 0;

    fixture() { counted::copies = 0; }

    auto synchronous(bool fails)
    {
        return [this, fails] {
            ++cleanups;
            if (fails)
                throw cleanup_error();
        };
    }

    auto asynchronous(bool fails)
    {
        return [this, fails] {
            ++cleanups;
            return asio::post(context, asio::deferred) | finally([fails] {
                       if (fails)
                           throw cleanup_error();
                   });
        };
    }

    /// Calls f with cleanups of both kinds, each succeeding and failing.
    template <class F>
    void with_each_cleanup(F f)
    {
        for (const bool fails : {false, true}) {
            const auto run = [&](auto cleanup) {
                cleanups = completions = 0;
                f(std::move(cleanup), fails);
                context.run();
                context.restart();
                BOOST_TEST(cleanups == 1);
                BOOST_TEST(completions == 1);
            };
            run(synchronous(fails));
            run(asynchronous(fails));
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(calls_of_the_handler, fixture)

BOOST_AUTO_TEST_CASE(handler_called_as_an_lvalue_completes, *label("F10") * label("S7"))
{
    with_each_cleanup([&](auto cleanup, bool fails) {
        async_script<void(int)>(
            context, [](auto& h) { h(3); },
            finally(cleanup, [&, fails](std::exception_ptr e, int value) {
                ++completions;
                BOOST_TEST(holds<cleanup_error>(e) == fails);
                BOOST_TEST(value == 3);
            }));
    });
}

BOOST_AUTO_TEST_CASE(handler_called_as_a_constant_completes, *label("F10") * label("S7"))
{
    with_each_cleanup([&](auto cleanup, bool fails) {
        // A mutable handler: what Beast calls as a constant is its own wrapper, not the user's.
        async_script<void(error_code, int)>(
            context, [](auto& h) { std::as_const(h)(error_code(), 3); },
            finally(cleanup, [&, fails](error_code ec, int value) mutable {
                ++completions;
                BOOST_TEST(!ec == !fails);
                BOOST_TEST(value == 3);
            }));
    });
}

BOOST_AUTO_TEST_CASE(handler_that_only_an_rvalue_can_call_is_called_so, *label("S7"))
{
    struct once {
        int* completions;
        void operator()(std::exception_ptr, int) && { ++*completions; }
    };
    with_each_cleanup([&](auto cleanup, bool) {
        async_script<void(int) &&>(
            context, [](auto& h) { std::move(h)(3); }, finally(cleanup, once{&completions}));
    });
    with_each_cleanup([&](auto cleanup, bool) {
        async_script<void(int) && noexcept>(
            context, [](auto& h) { std::move(h)(3); }, finally(cleanup, once{&completions}));
    });
}

BOOST_AUTO_TEST_CASE(noexcept_signature_completes, *label("S7"))
{
    with_each_cleanup([&](auto cleanup, bool fails) {
        async_script<void(int) noexcept>(
            context, [](auto& h) { std::move(h)(3); },
            finally(cleanup, [&, fails](std::exception_ptr e, int) noexcept {
                ++completions;
                BOOST_TEST(!e == !fails);
            }));
    });
}

BOOST_AUTO_TEST_CASE(cleanup_has_gone_when_an_lvalue_call_reaches_the_handler, *label("F14"))
{
    with_each_cleanup([&](auto cleanup, bool) {
        auto owned = std::make_shared<int>();
        const std::weak_ptr<int> watch = owned;
        async_script<void(int)>(
            context, [](auto& h) { h(3); },
            finally([cleanup, owned = std::move(owned)] { return cleanup(); },
                    [this, watch](std::exception_ptr, int) {
                        ++completions;
                        BOOST_TEST(watch.expired());
                    }));
    });
}

BOOST_AUTO_TEST_CASE(values_that_can_only_be_moved_arrive, *label("F3") * label("S5"))
{
    with_each_cleanup([&](auto cleanup, bool fails) {
        async_script<void(error_code, ticket, std::unique_ptr<int>)>(
            context,
            [](auto& h) { std::move(h)(error_code(), ticket(8), std::make_unique<int>(9)); },
            finally(cleanup, [&, fails](error_code ec, ticket t, std::unique_ptr<int> p) {
                ++completions;
                BOOST_TEST(!ec == !fails);
                BOOST_TEST(t.number() == 8);
                BOOST_TEST(*p == 9);
            }));
    });
}

BOOST_AUTO_TEST_CASE(values_of_a_failure_survive_the_cleanups_own, *label("S5") * label("F9"))
{
    with_each_cleanup([&](auto cleanup, bool fails) {
        async_script<void(error_code, ticket)>(
            context, [](auto& h) { std::move(h)(asio::error::eof, ticket(8)); },
            finally(cleanup, [&, fails](error_code ec, ticket t) {
                ++completions;
                if (fails)
                    BOOST_TEST((ec == settle::errc::cleanup_threw));
                else
                    BOOST_TEST((ec == asio::error::eof));
                BOOST_TEST(t.number() == 8);
            }));
    });
    BOOST_TEST(reports.count(report_kind::displaced_reason) == 2u);
    BOOST_TEST(reports.count(report_kind::cleanup_failed) == 2u);
}

BOOST_AUTO_TEST_CASE(values_are_moved_never_copied, *label("F3"))
{
    with_each_cleanup([&](auto cleanup, bool) {
        async_script<void(counted, std::string)>(
            context, [](auto& h) { std::move(h)(counted(8), std::string("text")); },
            finally(cleanup, [&](std::exception_ptr, counted c, std::string text) {
                ++completions;
                BOOST_TEST(c.id() == 8);
                BOOST_TEST(text == "text");
            }));
    });
    BOOST_TEST(counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(references_pass_a_synchronous_cleanup_as_they_are, *label("F3"))
{
    for (const bool fails : {false, true}) {
        async_script<void(error_code, const counted&, counted&)>(
            context,
            [](auto& h) {
                const counted constant(1);
                counted changeable(2);
                std::move(h)(error_code(), constant, changeable);
                BOOST_TEST(changeable.id() == 3);
            },
            finally(synchronous(fails), [&](error_code, const counted& constant, counted& changed) {
                ++completions;
                BOOST_TEST(constant.id() == 1);
                changed = counted(3);
            }));
    }
    context.run();
    BOOST_TEST(completions == 2);
    BOOST_TEST(counted::copies == 0);
}

BOOST_AUTO_TEST_CASE(constant_reference_outlives_what_it_referred_to, *label("F3") * label("F7"))
{
    // The operation's object has gone when the asynchronous cleanup ends: one copy is kept.
    for (const bool fails : {false, true}) {
        counted::copies = 0;
        async_script<void(const error_code&, const counted&)>(
            context,
            [](auto& h) {
                const auto object = std::make_unique<counted>(1);
                const error_code code = asio::error::eof;
                std::move(h)(code, *object);
            },
            finally(asynchronous(fails), [&](const error_code& ec, const counted& value) {
                ++completions;
                BOOST_TEST(ec.failed());
                BOOST_TEST(value.id() == 1);
            }));
        context.run();
        context.restart();
        BOOST_TEST(counted::copies == 1);
    }
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(object_handed_out_to_be_changed_stays_the_same_one, *label("F3") * label("F7"))
{
    counted object(1);
    for (const bool fails : {false, true}) {
        async_script<void(error_code, counted&)>(
            context, [&](auto& h) { std::move(h)(error_code(), object); },
            finally(asynchronous(fails), [&](error_code, counted& value) {
                ++completions;
                BOOST_TEST(&value == &object);
            }));
    }
    context.run();
    BOOST_TEST(completions == 2);
    BOOST_TEST(counted::copies == 0);
}

BOOST_AUTO_TEST_SUITE_END()
