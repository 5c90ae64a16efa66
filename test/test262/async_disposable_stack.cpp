// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The behaviours of test262's built-ins/AsyncDisposableStack. Each case is named after its file
// there; doc/test262.md lists all.

#include <settle/cleanup_stack.hpp>

#include "support/end_of.hpp"
#include "support/values.hpp"

#include <settle/combinators.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::cleanup_stack;
using settle::errc;
using support::end_of;

// What a method throws of a stack that has been disposed.
template <class Method>
void check_throws_if_disposed(Method method)
{
    asio::io_context context;
    cleanup_stack stack(context);
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_CHECK_EXCEPTION(method(stack), boost::system::system_error,
                          [](const auto& e) { return e.code() == errc::already_disposed; });
}

struct resource {
    bool disposed = false;
};

} // namespace

BOOST_AUTO_TEST_CASE(adopt_adds_value_onDisposeAsync, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    resource adopted;
    stack.adopt(&adopted, [](resource* r) -> asio::awaitable<void> {
        r->disposed = true;
        co_return;
    });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(adopted.disposed);
}

BOOST_AUTO_TEST_CASE(adopt_allows_any_value, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    int disposed = 0;
    const auto dispose = [&](auto&) -> asio::awaitable<void> {
        ++disposed;
        co_return;
    };
    stack.adopt(nullptr, dispose);
    stack.adopt(std::unique_ptr<int>(), dispose);
    stack.adopt(resource(), dispose);
    stack.adopt([] {}, dispose);
    stack.adopt(true, dispose);
    stack.adopt(false, dispose);
    stack.adopt(1, dispose);
    stack.adopt("object", dispose);
    stack.adopt(cleanup_stack(context), dispose);
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(disposed == 9);
}

BOOST_AUTO_TEST_CASE(adopt_puts_value_onDisposeAsync_on_top_of_stack, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    std::vector<int> disposed;
    const auto dispose = [&](int n) { disposed.push_back(n); };
    stack.adopt(1, dispose);
    stack.adopt(2, dispose);
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(disposed == (std::vector<int>{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(adopt_returns_value, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    resource* seen = nullptr;
    auto& returned = stack.adopt(resource(), [&](resource& r) { seen = &r; });
    static_assert(std::is_same_v<decltype(returned), resource&>);
    resource* const expected = &returned;
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(seen == expected);
}

BOOST_AUTO_TEST_CASE(adopt_throws_if_disposed, *label("K5"))
{
    check_throws_if_disposed([](cleanup_stack& stack) { stack.adopt(1, [](int) {}); });
}

BOOST_AUTO_TEST_CASE(defer_adds_onDisposeAsync, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    bool disposed = false;
    stack.defer([&]() -> asio::awaitable<void> {
        disposed = true;
        co_return;
    });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(disposed);
}

BOOST_AUTO_TEST_CASE(defer_puts_onDisposeAsync_on_top_of_stack, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    std::vector<int> disposed;
    stack.defer([&] { disposed.push_back(1); });
    stack.defer([&] { disposed.push_back(2); });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(disposed == (std::vector<int>{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(defer_returns_undefined, *label("K1"))
{
    static_assert(std::is_void_v<decltype(std::declval<cleanup_stack&>().defer([] {}))>);
}

BOOST_AUTO_TEST_CASE(defer_throws_if_disposed, *label("K5"))
{
    check_throws_if_disposed([](cleanup_stack& stack) { stack.defer([] {}); });
}

BOOST_AUTO_TEST_CASE(disposeAsync_disposes_resources_in_reverse_order, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    std::vector<std::string> disposed;
    stack.adopt(std::string("one"), [&](std::string& name) { disposed.push_back(name); });
    stack.defer([&]() -> asio::awaitable<void> {
        disposed.emplace_back("two");
        co_return;
    });
    stack.defer([&] { disposed.emplace_back("three"); });
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(disposed == (std::vector<std::string>{"three", "two", "one"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(disposeAsync_does_not_reinvoke_disposers_if_already_disposed, *label("K4"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    int adopted = 0;
    int deferred = 0;
    stack.adopt(resource(), [&](auto&) { ++adopted; });
    stack.defer([&] { ++deferred; });
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(end_of(context, stack.dispose()).has_value());
        BOOST_TEST(adopted == 1);
        BOOST_TEST(deferred == 1);
    }
}

BOOST_AUTO_TEST_CASE(disposeAsync_does_not_reinvoke_disposers_if_dispose_already_started,
                     *label("K4"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    int adopted = 0;
    int deferred = 0;
    stack.adopt(resource(), [&](auto&) { ++adopted; });
    stack.defer([&] { ++deferred; });
    auto first = stack.dispose();
    auto second = stack.dispose();
    BOOST_TEST(end_of(context, settle::all(std::move(first), std::move(second))).has_value());
    BOOST_TEST(adopted == 1);
    BOOST_TEST(deferred == 1);
}

BOOST_AUTO_TEST_CASE(disposeAsync_does_not_reject_if_already_disposed, *label("K4"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    auto p = stack.dispose();
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(end_of(context, std::move(p)).has_value());
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
}

BOOST_AUTO_TEST_CASE(disposeAsync_explicit_await_skipped_when_empty, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    std::vector<std::string> sequence;
    const auto note = [&](const char* what) { return [&, what] { sequence.emplace_back(what); }; };
    settle::resolved(context).then(note("job 1")).detach();
    stack.dispose().then(note("dispose")).detach();
    settle::resolved(context).then(note("job 2")).detach();
    context.run();
    BOOST_TEST(sequence == (std::vector<std::string>{"job 1", "dispose", "job 2"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(disposeAsync_rejects_with_error_as_is_if_only_one_error_during_disposal,
                     *label("K3"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    const auto error = std::make_exception_ptr(support::cleanup_error());
    stack.defer([&] { std::rethrow_exception(error); });
    const auto end = end_of(context, stack.dispose());
    BOOST_TEST((end.error().exception() == error));
    BOOST_TEST(end.error().suppressed().empty());
}

// A SuppressedError nests; suppressed() is flat, the oldest first.
BOOST_AUTO_TEST_CASE(disposeAsync_rejects_with_suppressederror_if_multiple_errors_during_disposal,
                     *label("K2") * label("K3"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    const std::exception_ptr errors[] = {std::make_exception_ptr(support::cleanup_error()),
                                         std::make_exception_ptr(support::cleanup_error()),
                                         std::make_exception_ptr(support::cleanup_error())};
    for (const auto& error : errors)
        stack.defer([&] { std::rethrow_exception(error); });
    const auto end = end_of(context, stack.dispose());
    BOOST_TEST((end.error().exception() == errors[0]));
    const auto& suppressed = end.error().suppressed();
    BOOST_REQUIRE(suppressed.size() == 2U);
    BOOST_TEST((suppressed[0].exception() == errors[2]));
    BOOST_TEST((suppressed[1].exception() == errors[1]));
}

BOOST_AUTO_TEST_CASE(disposeAsync_resolves_to_undefined, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    stack.defer([] { return 1; });
    static_assert(std::is_void_v<decltype(stack.dispose())::value_type>);
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
}

BOOST_AUTO_TEST_CASE(disposeAsync_returns_promise, *label("K1"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    auto p = stack.dispose();
    static_assert(std::is_same_v<decltype(p), settle::promise<void>>);
    BOOST_TEST(end_of(context, std::move(p)).has_value());
}

BOOST_AUTO_TEST_CASE(disposeAsync_sets_state_to_disposed, *label("K5"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    stack.dispose().detach();
    BOOST_TEST(stack.disposed());
    context.run();
    BOOST_TEST(stack.disposed());
}

BOOST_AUTO_TEST_CASE(disposed_returns_false_when_not_disposed, *label("K5"))
{
    asio::io_context context;
    const cleanup_stack stack(context);
    BOOST_TEST(!stack.disposed());
}

BOOST_AUTO_TEST_CASE(disposed_returns_true_when_disposed, *label("K5"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(stack.disposed());
}

BOOST_AUTO_TEST_CASE(move_does_not_dispose_resources, *label("K6"))
{
    asio::io_context context;
    cleanup_stack stack(context);
    bool disposed = false;
    stack.defer([&] { disposed = true; });
    auto moved = stack.move();
    context.run();
    BOOST_TEST(!disposed);
    moved.dispose().detach(); // not abandoned
    context.restart();
    context.run();
    BOOST_TEST(disposed);
}

BOOST_AUTO_TEST_CASE(move_returns_new_asyncdisposablestack_that_contains_moved_resources,
                     *label("K6"))
{
    asio::io_context context;
    cleanup_stack first(context);
    bool disposed = false;
    first.defer([&] { disposed = true; });
    auto second = first.move();
    BOOST_TEST(end_of(context, first.dispose()).has_value());
    BOOST_TEST(!disposed);
    BOOST_TEST(end_of(context, second.dispose()).has_value());
    BOOST_TEST(disposed);
}

BOOST_AUTO_TEST_CASE(move_returns_new_asyncdisposablestack_that_is_still_pending, *label("K6"))
{
    asio::io_context context;
    cleanup_stack first(context);
    auto second = first.move();
    BOOST_TEST(!second.disposed());
}

BOOST_AUTO_TEST_CASE(move_returns_new_asyncdisposablestack, *label("K6"))
{
    asio::io_context context;
    cleanup_stack first(context);
    auto second = first.move();
    static_assert(std::is_same_v<decltype(second), cleanup_stack>);
    BOOST_TEST(&second != &first);
}

BOOST_AUTO_TEST_CASE(move_sets_state_to_disposed, *label("K6"))
{
    asio::io_context context;
    cleanup_stack first(context);
    const auto second = first.move();
    BOOST_TEST(first.disposed());
}

BOOST_AUTO_TEST_CASE(move_throws_if_disposed, *label("K5") * label("K6"))
{
    check_throws_if_disposed([](cleanup_stack& stack) { return stack.move(); });
}
