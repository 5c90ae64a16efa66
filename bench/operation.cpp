// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "loop.hpp"
#include "workloads.hpp"

#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/promise.hpp>
#include <boost/asio/experimental/use_promise.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

// The operation is a post: it ends on the loop, and the consumer starts the next.
namespace bench {
namespace {

namespace asio = boost::asio;

using any = asio::any_io_executor;

struct into_handler {
    any executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            asio::post(executor, into_handler{executor, left - 1});
    }

    static void start(loop& on, std::int64_t operations)
    {
        into_handler{on.context.get_executor(), operations}();
    }
};

struct into_promise {
    any executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            asio::post(executor, settle::use_promise)
                .then(into_promise{executor, left - 1})
                .detach();
    }

    static void start(loop& on, std::int64_t operations)
    {
        into_promise{on.context.get_executor(), operations}();
    }
};

// The promise of the experiment must outlive its operation, or cancels it: its own state does.
struct into_experimental_promise {
    any executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0) {
            auto promise = asio::post(executor, asio::experimental::use_promise);
            promise(into_experimental_promise{executor, left - 1});
        }
    }

    static void start(loop& on, std::int64_t operations)
    {
        into_experimental_promise{on.context.get_executor(), operations}();
    }
};

asio::awaitable<void> await_each(std::int64_t operations)
{
    const auto executor = co_await asio::this_coro::executor;
    for (; operations > 0; --operations)
        co_await asio::post(executor, asio::use_awaitable);
}

void start_awaitable(loop& on, std::int64_t operations)
{
    asio::co_spawn(any(on.context.get_executor()), await_each(operations), asio::detached);
}

// A future has no continuation: the loop runs one handler at a time, and then it is ready.
void start_future(loop& on, std::int64_t operations)
{
    const any executor(on.context.get_executor());
    const auto work = asio::make_work_guard(executor);
    for (; operations > 0; --operations) {
        auto future = asio::post(executor, asio::use_future);
        on.context.run_one();
        future.get();
    }
}

workload operation_on(threads run_by)
{
    const bool many = run_by == threads::many;
    workload made{
        .label = "W1b",
        .name = std::string("an operation into a promise") + suffix_of(run_by),
        .unit = "operation",
        .settle = chain("settle", &into_promise::start, run_by),
        .rivals = {{chain("callback by hand", &into_handler::start, run_by)},
                   {chain("asio::awaitable", &start_awaitable, run_by), many ? 1.0 : 0.8}},
    };
    if (many) {
        made.rivals.push_back(
            {chain("experimental::promise", &into_experimental_promise::start), 0.5});
        made.rivals.push_back({chain("use_future", &start_future)});
        auto more = cobalt_operation();
        std::move(more.begin(), more.end(), std::back_inserter(made.rivals));
    }
    return made;
}

} // namespace

std::vector<workload> operation()
{
    return {operation_on(threads::many), operation_on(threads::one)};
}

} // namespace bench
