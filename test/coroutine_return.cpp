// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What a coroutine's promise settles with, and what is gone by then.

#include <settle/coroutine.hpp>

#include "support/end_of.hpp"
#include "support/global_allocations.hpp"
#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using support::end_of;

// Writes its letter when it is destroyed, but not where it was moved from.
class mark {
public:
    mark(std::string& order, char letter)
        : order_(&order)
        , letter_(letter)
    {
    }

    mark(mark&& other) noexcept
        : order_(std::exchange(other.order_, nullptr))
        , letter_(other.letter_)
    {
    }

    ~mark()
    {
        if (order_)
            *order_ += letter_;
    }

private:
    std::string* order_;
    char letter_;
};

struct throws_when_destroyed {
    explicit throws_when_destroyed(int) {}
    ~throws_when_destroyed() noexcept(false) { throw support::cleanup_error(); }
};

struct throws_when_copied {
    throws_when_copied() = default;
    throws_when_copied(const throws_when_copied&) { throw support::operation_error(); }
};

struct fixture {
    asio::io_context context;
    support::report_collector reports;
    std::string order;

    asio::io_context::executor_type get_executor() { return context.get_executor(); }

    settle::promise<int> value(int i) { co_return i; }
    settle::promise<int> adopts_promise() { co_return settle::resolved(context, 3); }
    settle::promise<int> adopts_shared()
    {
        const auto shared = settle::resolved(context, 4).share();
        co_return shared;
    }
    settle::promise<int> adopts_nested()
    {
        co_return value(5).then([this](int i) { return value(i); });
    }
    settle::promise<int> adopts_awaitable()
    {
        co_return [](asio::io_context& c) -> asio::awaitable<int> {
            co_await asio::post(c, asio::use_awaitable);
            co_return 6;
        }(context);
    }
    settle::promise<int> adopts_operation()
    {
        co_return asio::post(context, asio::deferred([] { return asio::deferred.values(7); }));
    }
    settle::promise<int> adopts_rejected()
    {
        co_return settle::rejected<int>(context, errc::timed_out);
    }
    settle::promise<int> outcome_of_value() { co_return settle::outcome<int>(8); }
    settle::promise<int> outcome_of_reason()
    {
        co_return settle::outcome<int>(boost::system::in_place_error, errc::timed_out);
    }
    settle::promise<int> outcome_of_promise()
    {
        co_return settle::outcome<settle::promise<int>>(value(9));
    }
    settle::promise<std::string> braced() { co_return {"xxx", 2}; }

    settle::promise<int> throws_at_once()
    {
        throw support::operation_error();
        co_return 0;
    }

    settle::promise<void> nothing()
    {
        co_await settle::resolved(context);
        order += 'n';
    }

    settle::promise<void> with_marks(mark argument)
    {
        const mark own(order, 'l');
        static_cast<void>(argument);
        co_await settle::resolved(context);
        order += 'e';
    }

    settle::promise<void> ends_at_once(mark)
    {
        const mark own(order, 'l');
        co_return;
    }

    settle::promise<int> returns_awaitable(mark)
    {
        const mark own(order, 'l');
        co_return [](std::string& o) -> asio::awaitable<int> {
            o += 's';
            co_return 1;
        }(order);
    }

    settle::promise<throws_when_copied> returns_fragile()
    {
        const throws_when_copied fragile;
        co_return fragile;
    }
};

settle::promise<void> takes_fragile(asio::io_context&, throws_when_copied)
{
    co_return;
}

settle::promise<int> link(settle::promise<int> before)
{
    co_return 1 + co_await std::move(before);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(coroutine_return, fixture)

BOOST_AUTO_TEST_CASE(settles_as_a_handlers_return_value_would, *label("C2") * label("P4"))
{
    BOOST_TEST(*end_of(context, value(2)) == 2);
    BOOST_TEST(*end_of(context, adopts_promise()) == 3);
    BOOST_TEST(*end_of(context, adopts_shared()) == 4);
    BOOST_TEST(*end_of(context, adopts_nested()) == 5);
    BOOST_TEST(*end_of(context, adopts_awaitable()) == 6);
    BOOST_TEST(*end_of(context, adopts_operation()) == 7);
    BOOST_TEST((end_of(context, adopts_rejected()).error().code() == errc::timed_out));
    BOOST_TEST(*end_of(context, outcome_of_value()) == 8);
    BOOST_TEST((end_of(context, outcome_of_reason()).error().code() == errc::timed_out));
    BOOST_TEST(*end_of(context, outcome_of_promise()) == 9);
    BOOST_TEST(*end_of(context, braced()) == "xx");
    BOOST_TEST(end_of(context, nothing()).has_value());
    BOOST_TEST(order == "n");
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(throw_rejects, *label("C2"))
{
    const auto end = end_of(context, throws_at_once());
    BOOST_TEST(support::holds<support::operation_error>(end.error().exception()));
}

BOOST_AUTO_TEST_CASE(value_that_cannot_be_stored_rejects, *label("C2") * label("F10"))
{
    const auto end = end_of(context, returns_fragile());
    BOOST_TEST(support::holds<support::operation_error>(end.error().exception()));
}

BOOST_AUTO_TEST_CASE(argument_that_cannot_be_copied_throws_to_the_caller, *label("C2"))
{
    const auto call = [&] {
        const throws_when_copied fragile;
        takes_fragile(context, fragile).detach();
    };
    BOOST_CHECK_THROW(call(), support::operation_error);
    // The next one finds everything in order.
    BOOST_TEST(*end_of(context, value(1)) == 1);
}

BOOST_AUTO_TEST_CASE(locals_and_arguments_go_before_whoever_waits_is_called,
                     *label("C2") * label("F14"))
{
    with_marks(mark(order, 'a')).then([this] { order += 't'; }).detach();
    context.run();
    BOOST_TEST(order == "elat");
    order.clear();
    context.restart();
    auto p = ends_at_once(mark(order, 'a'));
    BOOST_TEST(order == "la");
    std::move(p).then([this] { order += 't'; }).detach();
    context.run();
    BOOST_TEST(order == "lat");
}

BOOST_AUTO_TEST_CASE(arguments_live_until_what_was_returned_has_ended, *label("C2") * label("F14"))
{
    returns_awaitable(mark(order, 'a')).then([this](int) { order += 't'; }).detach();
    context.run();
    BOOST_TEST(order == "lsat");
}

BOOST_AUTO_TEST_CASE(unobserved_rejection_is_reported_once_with_its_place,
                     *label("C2") * label("U1"))
{
    throws_at_once().detach();
    const auto later = [](asio::io_context& c) -> settle::promise<void> {
        co_await settle::resolved(c);
        throw support::cleanup_error();
    };
    {
        const auto dropped = later(context);
    }
    BOOST_TEST(reports.count() == 1u);
    context.run();
    const auto told = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_REQUIRE(told.size() == 2u);
    BOOST_TEST(std::string_view(told[0].where.function_name()).find("throws_at_once") !=
               std::string_view::npos);
    for (const auto& what : told)
        BOOST_TEST(std::string_view(what.where.file_name()) == __FILE__);
    BOOST_TEST(reports.count() == 2u);
}

BOOST_AUTO_TEST_CASE(one_allocation_and_none_to_await_a_promise, *label("C2"))
{
    auto [first, first_decides] = settle::with_resolvers<int>(context);
    auto [second, second_decides] = settle::with_resolvers<int>(context);
    const auto body = [](asio::io_context&, settle::promise<int> a,
                         settle::promise<int> b) -> settle::promise<int> {
        const int sum = co_await std::move(a);
        co_return sum + co_await std::move(b);
    };
    const long before = support::global_allocations;
    auto p = body(context, std::move(first), std::move(second));
    const long one = support::global_allocations - before;
    BOOST_TEST(one == 1);
    first_decides.resolve(1);
    second_decides.resolve(2);
    BOOST_TEST(*end_of(context, std::move(p)) == 3);
}

BOOST_AUTO_TEST_CASE(long_chain_of_coroutines, *label("C2") * label("E2"))
{
    constexpr int links = 100'000;
    auto [first, decides] = settle::with_resolvers<int>(context);
    settle::promise<int> last = std::move(first);
    for (int i = 0; i < links; ++i)
        last = link(std::move(last));
    decides.resolve(0);
    BOOST_TEST(*end_of(context, std::move(last)) == links);
}

#if !defined(__GNUC__) || defined(__clang__) || __GNUC__ >= 13
BOOST_AUTO_TEST_CASE(destructor_that_throws_after_co_return_rejects, *label("C2"))
{
    const auto body = [](asio::io_context&) -> settle::promise<std::string> {
        const throws_when_destroyed last(1);
        co_return "a string that is too long for the place that a short one has";
    };
    const auto end = end_of(context, body(context));
    BOOST_TEST(support::holds<support::cleanup_error>(end.error().exception()));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
