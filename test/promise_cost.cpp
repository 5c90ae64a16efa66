// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What promises allocate, and that failure costs no more than success.

#include <settle/promise.hpp>

#include "support/counting_allocator.hpp"
#include "support/end_of.hpp"
#include "support/exception_objects.hpp"
#include "support/global_allocations.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

struct spent {
    long allocations;
    long exceptions;
};

spent cost_of(auto f)
{
    const long allocations = support::global_allocations;
    const long exceptions = support::exception_objects;
    f();
    return {support::global_allocations - allocations, support::exception_objects - exceptions};
}

// Through every kind of link, to the end.
template <class Promise>
void chain(asio::io_context& context, Promise p)
{
    bool ended = false;
    std::move(p)
        .then([](int i) { return i; })
        .finally([] {})
        .then([](int i) { return i; }, nullptr)
        .finally([&] { return settle::resolved(context); })
        .catch_([](const std::logic_error&) { return 0; })
        .then([&](int i) { return settle::resolved(context, i); })
        .then([&](int) { ended = true; }, [&](settle::error_code) { ended = true; })
        .detach();
    context.restart();
    context.run();
    BOOST_TEST(ended);
}

} // namespace

BOOST_AUTO_TEST_CASE(exception_objects_are_counted, *label("P7"))
{
    // What the cases below rest on.
    BOOST_TEST(cost_of([] { static_cast<void>(std::make_exception_ptr(1)); }).exceptions == 1);
    BOOST_TEST(cost_of([] {
                   try {
                       throw 1;
                   } catch (int) {
                   }
               }).exceptions == 1);
    BOOST_TEST(cost_of([] { ::operator delete(::operator new(1)); }).allocations == 1);
}

BOOST_AUTO_TEST_CASE(rejection_by_code_makes_no_exception_object, *label("P7"))
{
    asio::io_context context;
    const auto spent = cost_of([&] {
        chain(context, settle::rejected<int>(context, asio::error::eof));
        chain(context, settle::resolved(context).then(
                           []() -> settle::outcome<int> { return errc::timed_out; }));
        auto [p, r] = settle::with_resolvers<int>(context);
        r.resolve(settle::rejected<int>(context, asio::error::eof));
        chain(context, std::move(p));
        chain(context, settle::promise<int>(context, [](const settle::resolver<int>&) {}));
        BOOST_TEST(!end_of(context, settle::rejected<int>(context, asio::error::eof)));
    });
    BOOST_TEST(spent.exceptions == 0);
}

BOOST_AUTO_TEST_CASE(failed_operation_makes_no_exception_object, *label("P7"))
{
    asio::io_context context;
    asio::steady_timer timer(context, asio::steady_timer::time_point::max());
    auto p = timer.async_wait(settle::use_promise);
    timer.cancel();
    const auto spent = cost_of([&] {
        const auto end = end_of(context, std::move(p).finally([] {}));
        BOOST_TEST((end.error().code() == asio::error::operation_aborted));
    });
    BOOST_TEST(spent.exceptions == 0);
}

BOOST_AUTO_TEST_CASE(failed_cleanup_by_code_makes_no_exception_object, *label("P7"))
{
    asio::io_context context;
    const auto spent = cost_of([&] {
        auto p = settle::rejected<int>(context, asio::error::eof).finally([&] {
            return settle::rejected<void>(context, errc::timed_out);
        });
        BOOST_TEST(end_of(context, std::move(p)).error().suppressed().size() == 1U);
    });
    BOOST_TEST(spent.exceptions == 0);
}

BOOST_AUTO_TEST_CASE(failure_path_allocates_what_the_success_path_does, *label("P7"))
{
    asio::io_context context;
    chain(context, settle::resolved(context, 1)); // first use
    const auto links = [&](auto make) {
        return cost_of([&] {
            auto end = make()
                           .then([](int i) { return i; })
                           .finally([] {})
                           .catch_([](const std::logic_error&) { return 0; });
            static_cast<void>(end_of(context, std::move(end)));
        });
    };
    const auto success = links([&] { return settle::resolved(context, 1); });
    const auto failure = links([&] { return settle::rejected<int>(context, asio::error::eof); });
    BOOST_TEST(success.allocations == failure.allocations);
    BOOST_TEST(failure.exceptions == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_between_the_end_and_the_cleanup, *label("F11"))
{
    asio::io_context context;
    long at_cleanup = -1;
    const auto run = [&](auto cleanup) {
        auto [p, r] = settle::with_resolvers<int>(context);
        std::move(p).finally(cleanup).then([](int) {}).detach();
        const long before = support::global_allocations;
        r.resolve(1);
        context.run();
        context.restart();
        BOOST_TEST(at_cleanup == before);
    };
    run([&] {
        at_cleanup = support::global_allocations;
        return settle::resolved(context);
    });
    run([&] { at_cleanup = support::global_allocations; });
}

BOOST_AUTO_TEST_CASE(link_is_one_block_of_the_associated_allocator, *label("F11"))
{
    asio::io_context context;
    support::allocation_counts counts;
    const long before = support::global_allocations;
    {
        auto [p, r] = settle::with_resolvers<int>(context);
        const long promise = support::global_allocations;
        auto q = std::move(p).finally(asio::bind_allocator(
            support::counting_allocator<int>(counts), [&] { return settle::resolved(context); }));
        BOOST_TEST(counts.allocations == 1);
        // counting_allocator gets its memory from the global one
        BOOST_TEST(support::global_allocations - promise == 1);
        r.resolve(1);
        BOOST_TEST(*end_of(context, std::move(q)) == 1);
    }
    BOOST_TEST(counts.live == 0);
    BOOST_TEST(support::global_allocations - before >= 2);
}
