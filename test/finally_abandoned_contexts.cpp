// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Whose report handler is told of an abandoned cleanup.

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include "support/abandonment.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;
using support::next_line;

namespace {

/// What one context's own handler is told.
class told {
public:
    explicit told(asio::io_context& context)
    {
        settle::set_report_handler(
            context, [list = list_](const settle::report& what) { list->push_back(what); });
    }

    void check(support::lines expected,
               std::source_location here = std::source_location::current()) const
    {
        support::check_abandoned(*list_, std::move(expected), here);
    }

private:
    std::shared_ptr<std::vector<settle::report>> list_ =
        std::make_shared<std::vector<settle::report>>();
};

struct fixture : support::abandonment {
    asio::io_context other;
    support::manual_operation<void(error_code)> operation{context->get_executor()};

    /// A timer wait that is abandoned with the context, which owns both.
    std::uint_least32_t wait_for_ever()
    {
        auto timer = endless_timer();
        auto& waits = *timer;
        const auto line = next_line();
        waits.async_wait(finally(synchronous(), asio::consign(handler(), std::move(timer))));
        return line;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(context_of_the_report, fixture, *label("U3") * label("U5") * label("B2"))

BOOST_AUTO_TEST_CASE(is_that_of_the_handlers_executor)
{
    const told here(*context);
    const told there(other);
    const auto first = next_line();
    operation.async_run(finally(synchronous(), asio::bind_executor(other, handler())));
    operation.drop();
    const auto second = next_line();
    operation.async_run(finally(asynchronous(), asio::bind_executor(other, handler())));
    operation.drop();
    const asio::any_io_executor erased = asio::make_strand(other);
    const auto third = next_line();
    operation.async_run(finally(synchronous(), asio::bind_executor(erased, handler())));
    operation.drop();
    there.check({first, second, third});
    here.check({});
    BOOST_TEST(reports.count() == 0u);
    BOOST_TEST(newly_abandoned() == 3u);
}

BOOST_AUTO_TEST_CASE(is_that_of_the_operation_where_the_handler_has_none)
{
    const told here(*context);
    const told there(other);
    const auto first = next_line();
    operation.async_run(finally(synchronous(), handler()));
    operation.drop();
    const auto second = next_line();
    operation.async_run(finally(asynchronous(), handler()));
    operation.drop();
    const auto third = wait_for_ever();
    context.reset();
    here.check({first, second, third});
    there.check({});
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(without_a_handler_of_its_own_goes_to_that_of_all_contexts)
{
    const told there(other);
    const auto first = next_line();
    operation.async_run(finally(synchronous(), handler()));
    operation.drop();
    const auto second = next_line();
    operation.async_run(finally(asynchronous(), asio::bind_executor(*context, handler())));
    operation.drop();
    auto unbound = asio::bind_executor(asio::system_executor(), handler());
    const auto third = next_line();
    operation.async_run(finally(synchronous(), std::move(unbound)));
    operation.drop();
    check({first, second, third});
    there.check({});
}

BOOST_AUTO_TEST_CASE(is_that_of_the_coroutine)
{
    const told here(*context);
    const told there(other);
    auto waits = [this]() -> asio::awaitable<void> {
        co_await operation.async_run(asio::use_awaitable);
    };
    const auto line = next_line();
    auto guarded = waits() | finally(synchronous());
    asio::co_spawn(other, std::move(guarded), handler());
    other.poll();
    operation.drop();
    // Asio unwinds a coroutine from its executor.
    other.restart();
    other.poll();
    there.check({line});
    here.check({});
}

BOOST_AUTO_TEST_CASE(is_that_of_the_promise)
{
    const told here(*context);
    const told there(other);
    auto [promise, resolver] = settle::with_resolvers<void>(*context);
    const auto line = next_line();
    auto guarded = std::move(promise).finally(synchronous());
    std::move(guarded).detach();
    operation.drop();
    context.reset();
    here.check({line});
    there.check({});
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(handler_set_after_the_start_is_told, *label("B5"))
{
    const auto line = next_line();
    asio::post(*context, finally(synchronous(), asio::bind_executor(*context, handler())));
    const told here(*context);
    context.reset();
    here.check({line});
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(services_of_a_dying_context, fixture,
                         *label("B5") * label("U5") * label("B1"))

BOOST_AUTO_TEST_CASE(settles_made_before_the_timers)
{
    const told here(*context);
    const auto line = wait_for_ever();
    context.reset();
    here.check({line});
    BOOST_TEST(reports.count() == 0u);
    BOOST_TEST(newly_abandoned() == 1u);
}

BOOST_AUTO_TEST_CASE(settles_made_after_the_timers)
{
    {
        const asio::steady_timer first_use(*context);
    }
    const told here(*context);
    const auto line = wait_for_ever();
    context.reset();
    here.check({line});
    BOOST_TEST(reports.count() == 0u);
    BOOST_TEST(newly_abandoned() == 1u);
}

BOOST_AUTO_TEST_CASE(settles_never_made)
{
    const auto line = wait_for_ever();
    context.reset();
    check({line});
}

BOOST_AUTO_TEST_SUITE_END()
