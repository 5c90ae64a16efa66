// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Where a coroutine's executor is found.

#include <settle/coroutine.hpp>

#include "support/end_of.hpp"
#include "support/tracker_executor.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;

struct session {
    asio::io_context& context;

    [[nodiscard]] asio::io_context::executor_type get_executor() const
    {
        return context.get_executor();
    }

    settle::promise<int> member(int i) const
    {
        co_await settle::resolved(context);
        co_return i;
    }
};

settle::promise<int> of_executor(const std::string&, asio::any_io_executor)
{
    co_return 1;
}

settle::promise<int> of_context(int, asio::io_context&, asio::any_io_executor)
{
    co_return 2;
}

settle::promise<int> of_object(asio::steady_timer&)
{
    co_return 3;
}

settle::promise<int> of_pointer(std::shared_ptr<asio::steady_timer>)
{
    co_return 4;
}

settle::promise<int> of_raw_pointer(asio::io_context*)
{
    co_return 5;
}

settle::promise<int> of_reference(std::reference_wrapper<asio::steady_timer>)
{
    co_return 6;
}

settle::promise<int> of_promise(settle::promise<int> p)
{
    co_return co_await std::move(p);
}

template <class Executor>
settle::promise<void, Executor> typed(Executor executor)
{
    co_await settle::resolved(executor);
}

} // namespace

BOOST_AUTO_TEST_CASE(first_argument_that_has_an_executor, *label("C2"))
{
    asio::io_context first;
    asio::io_context other;
    asio::steady_timer timer(first);
    const auto shared = std::make_shared<asio::steady_timer>(first);
    const asio::any_io_executor expected = first.get_executor();
    const auto check = [&](settle::promise<int> p, int value) {
        BOOST_TEST((p.get_executor() == expected));
        BOOST_TEST(*support::end_of(first, std::move(p)) == value);
    };
    check(of_executor("", expected), 1);
    check(of_context(0, first, other.get_executor()), 2);
    check(of_object(timer), 3);
    check(of_pointer(shared), 4);
    check(of_raw_pointer(&first), 5);
    check(of_reference(timer), 6);
    check(of_promise(settle::resolved(first, 7)), 7);
    check(session{first}.member(8), 8);
    check(session(first).member(8), 8);
    // A closure has none, whatever it captures.
    const auto lambda = [other_executor =
                             other.get_executor()](asio::any_io_executor) -> settle::promise<int> {
        static_cast<void>(other_executor);
        co_return 9;
    };
    check(lambda(expected), 9);
}

BOOST_AUTO_TEST_CASE(executor_of_any_type, *label("C2"))
{
    asio::io_context context;
    auto on_context = typed(context.get_executor());
    static_assert(std::is_same_v<decltype(on_context),
                                 settle::promise<void, asio::io_context::executor_type>>);
    BOOST_TEST(support::end_of(context, std::move(on_context)).has_value());
    auto on_strand = typed(asio::make_strand(context));
    BOOST_TEST(support::end_of(context, std::move(on_strand)).has_value());
}

BOOST_AUTO_TEST_CASE(coroutine_stays_on_its_executor, *label("C2") * label("E1"))
{
    asio::io_context context;
    asio::io_context elsewhere;
    const support::tracker_executor tracker(context.get_executor());
    int steps = 0;
    auto [pending, decides] = settle::with_resolvers<void>(elsewhere);
    const auto body = [&](support::tracker_executor executor) -> settle::promise<void> {
        BOOST_TEST(!executor.running_here()); // the caller's
        co_await std::move(pending);
        BOOST_TEST(executor.running_here());
        ++steps;
        const auto remote = [](asio::io_context& c) -> settle::promise<void> {
            co_await settle::resolved(c);
        };
        co_await remote(elsewhere);
        BOOST_TEST(executor.running_here());
        ++steps;
    };
    body(tracker).detach();
    decides.resolve();
    for (int i = 0; i < 4; ++i) {
        elsewhere.poll();
        elsewhere.restart();
        context.poll();
        context.restart();
    }
    BOOST_TEST(steps == 2);
}
