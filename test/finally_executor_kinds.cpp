// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally on every kind of executor, and the immediate executor.

#include <settle/finally.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#if __has_include(<boost/asio/bind_immediate_executor.hpp>)
#include <boost/asio/associated_immediate_executor.hpp>
#include <boost/asio/bind_immediate_executor.hpp>
#include <boost/asio/dispatch.hpp>
#endif

#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::finally;

namespace {

/// What an executor needs at least: no properties, no context.
class minimal_executor {
public:
    using queue = std::deque<std::function<void()>>;

    explicit minimal_executor(queue& to) noexcept
        : queue_(&to)
    {
    }

    template <class F>
    void execute(F f) const
    {
        auto shared = std::make_shared<F>(std::move(f));
        queue_->push_back([shared] { std::move (*shared)(); });
    }

    [[maybe_unused]] friend bool operator==(const minimal_executor&,
                                            const minimal_executor&) noexcept = default;

private:
    queue* queue_;
};

static_assert(asio::execution::is_executor<minimal_executor>::value);

struct hop_initiation {
    using executor_type = minimal_executor;
    executor_type executor;

    [[nodiscard]] executor_type get_executor() const noexcept { return executor; }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        const auto target = asio::get_associated_executor(handler, executor);
        target.execute([h = std::forward<Handler>(handler)]() mutable { std::move(h)(); });
    }
};

/// Completes from the queue of an executor that cannot be required not to block.
template <class Token>
auto hop_on(minimal_executor executor, Token&& token)
{
    return asio::async_initiate<Token, void()>(hop_initiation{executor}, token);
}

// Twice through the executor with a cleanup of either kind, the second failing.
template <class Executor>
void run_on(const Executor& executor)
{
    std::promise<void> done;
    int cleanups = 0;
    const auto hop = [executor] { return asio::post(executor, asio::deferred); };
    asio::post(executor,
               finally([&]() noexcept { ++cleanups; }, asio::bind_executor(executor, [&] {
                           hop()(finally(
                               [&] {
                                   ++cleanups;
                                   return hop();
                               },
                               [&](std::exception_ptr first) {
                                   hop()(finally([&] { throw std::runtime_error("cleanup"); },
                                                 [&, first](std::exception_ptr second) {
                                                     BOOST_TEST(!first);
                                                     BOOST_TEST(!!second);
                                                     done.set_value();
                                                 }));
                               }));
                       })));
    done.get_future().get();
    BOOST_TEST(cleanups == 2);
}

} // namespace

BOOST_AUTO_TEST_SUITE(finally_on_any_executor, *label("E8"))

BOOST_AUTO_TEST_CASE(thread_pool)
{
    asio::thread_pool pool(2);
    run_on(pool.get_executor());
    pool.join();
}

BOOST_AUTO_TEST_CASE(strand_of_a_pool)
{
    asio::thread_pool pool(2);
    run_on(asio::make_strand(pool));
    pool.join();
}

BOOST_AUTO_TEST_CASE(system_executor)
{
    run_on(asio::system_executor());
}

BOOST_AUTO_TEST_CASE(any_io_executor)
{
    asio::thread_pool pool(1);
    run_on(asio::any_io_executor(pool.get_executor()));
    run_on(asio::any_io_executor(asio::system_executor()));
    pool.join();
}

BOOST_AUTO_TEST_CASE(context_without_locks)
{
    asio::io_context context(1);
    int cleanups = 0;
    int completions = 0;
    asio::post(context.get_executor(), finally(
                                           [&] {
                                               ++cleanups;
                                               return asio::post(context.get_executor(),
                                                                 asio::deferred);
                                           },
                                           [&](std::exception_ptr) { ++completions; }));
    context.run();
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_CASE(minimal_executor_without_properties_or_context, *label("E11"))
{
    minimal_executor::queue queue;
    const minimal_executor executor(queue);
    int cleanups = 0;
    int completions = 0;
    hop_on(executor, finally([&]() noexcept { ++cleanups; }, [&] { ++completions; }));
    hop_on(executor, finally(
                         [&] {
                             ++cleanups;
                             return hop_on(executor, asio::deferred);
                         },
                         [&](std::exception_ptr e) {
                             ++completions;
                             BOOST_TEST(!e);
                         }));
    while (!queue.empty()) {
        const auto next = std::move(queue.front());
        queue.pop_front();
        next();
    }
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_CASE(future_has_no_executor_for_a_cleanup, *label("E11") * label("S6"))
{
    asio::io_context context;
    bool on_the_loop = false;
    const auto cleanup = [&]() -> asio::awaitable<void> {
        on_the_loop = co_await asio::this_coro::executor == context.get_executor();
        co_await asio::post(asio::use_awaitable);
        on_the_loop = on_the_loop && context.get_executor().running_in_this_thread();
    };
    auto future = asio::post(context.get_executor(), finally(cleanup, asio::use_future));
    context.run();
    future.get();
    BOOST_TEST(on_the_loop);
}

BOOST_AUTO_TEST_CASE(binder_without_an_executor_invents_none, *label("E11") * label("E3"))
{
    asio::io_context context;
    asio::cancellation_signal signal;
    bool on_the_loop = false;
    const auto cleanup = [&]() -> asio::awaitable<void> {
        on_the_loop = co_await asio::this_coro::executor == context.get_executor();
    };
    asio::post(context.get_executor(),
               finally(cleanup, asio::bind_cancellation_slot(signal.slot(), [](auto&&...) {})));
    context.run();
    BOOST_TEST(on_the_loop);
}

#if __has_include(<boost/asio/bind_immediate_executor.hpp>)

namespace {

struct at_once_initiation {
    using executor_type = asio::io_context::executor_type;
    executor_type executor;

    [[nodiscard]] executor_type get_executor() const noexcept { return executor; }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        const auto immediate = asio::get_associated_immediate_executor(handler, executor);
        asio::dispatch(immediate, std::forward<Handler>(handler));
    }
};

/// Ends before it returns, as an operation that has nothing to wait for: through the immediate
/// executor.
template <class Token>
auto at_once(asio::io_context& context, Token&& token)
{
    return asio::async_initiate<Token, void()>(at_once_initiation{context.get_executor()}, token);
}

} // namespace

BOOST_AUTO_TEST_CASE(immediate_executor_is_handed_on, *label("E3") * label("E7"))
{
    asio::io_context context;
    int cleanups = 0;
    int completions = 0;
    const auto counts = [&](auto&&...) { ++completions; };
    at_once(context, finally([&] { ++cleanups; },
                             asio::bind_immediate_executor(asio::system_executor(), counts)));
    BOOST_TEST(cleanups == 1);
    BOOST_TEST(completions == 1);
    at_once(context, asio::bind_immediate_executor(asio::system_executor(),
                                                   finally([&] { ++cleanups; }, counts)));
    BOOST_TEST(cleanups == 2);
    BOOST_TEST(completions == 2);
    at_once(context, finally([&] { ++cleanups; }, counts)); // none is invented
    BOOST_TEST(cleanups == 2);
    at_once(context, finally(
                         [&] {
                             ++cleanups;
                             return asio::post(context.get_executor(), asio::deferred);
                         },
                         asio::bind_immediate_executor(asio::system_executor(), counts)));
    BOOST_TEST(cleanups == 3);
    BOOST_TEST(completions == 2);
    context.run();
    BOOST_TEST(cleanups == 4);
    BOOST_TEST(completions == 4);
}

BOOST_AUTO_TEST_CASE(immediate_executor_is_not_where_cleanups_start, *label("E11"))
{
    asio::io_context context;
    asio::io_context bound;
    int completions = 0;
    // The binders' executors reach the initiation side by side; only one is meant for this.
    at_once(context, asio::bind_immediate_executor(
                         asio::system_executor(),
                         asio::bind_executor(
                             bound.get_executor(),
                             finally([&] { return asio::post(bound, asio::deferred); },
                                     [&](std::exception_ptr) {
                                         BOOST_TEST(bound.get_executor().running_in_this_thread());
                                         ++completions;
                                     }))));
    bound.run();
    context.run();
    BOOST_TEST(completions == 1);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
