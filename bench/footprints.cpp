// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"
#include "loop.hpp"
#include "workloads.hpp"

#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

// A promise that is pending and has one continuation, whose handler is a pointer.
namespace bench {
namespace {

namespace asio = boost::asio;

// So many, so that what a thread takes once does not count.
constexpr std::int64_t pending = 10'000;

template <class Executor, class Attach>
footprint::size of_each_here(Attach attach)
{
    loop on;
    const Executor executor(on.context.get_executor());
    settle::resolved(executor).detach(); // what the first promise of a thread and a context costs
    std::vector<settle::resolver<int, Executor>> resolvers;
    resolvers.reserve(pending);
    std::int64_t ran = 0;
    const auto blocks = allocations();
    const auto bytes = allocated_bytes();
    for (std::int64_t i = 0; i < pending; ++i) {
        auto made = settle::with_resolvers<int>(executor);
        attach(std::move(made.promise), [&ran](const int&) { ++ran; });
        resolvers.push_back(std::move(made.resolver));
    }
    const footprint::size each{
        static_cast<double>(allocated_bytes() - bytes) / static_cast<double>(pending),
        static_cast<double>(allocations() - blocks) / static_cast<double>(pending)};
    for (const auto& resolver : resolvers)
        resolver.resolve(1);
    on.context.run();
    return each;
}

/// On a thread of its own, which has no blocks that another measurement has left.
template <class Executor, class Attach>
footprint::size of_each(Attach attach)
{
    footprint::size each{};
    std::thread([&] { each = of_each_here<Executor>(attach); }).join();
    return each;
}

template <class Executor>
footprint::size unique_promise()
{
    return of_each<Executor>(
        [](auto promise, auto handler) { std::move(promise).then(std::move(handler)).detach(); });
}

template <class Executor>
footprint::size shared_promise()
{
    return of_each<Executor>([](auto promise, auto handler) {
        std::move(promise).share().then(std::move(handler)).detach();
    });
}

} // namespace

std::vector<footprint> footprints()
{
    using io_executor = asio::io_context::executor_type;
    using any = asio::any_io_executor;
    return {
        {"pending, any_io_executor", &unique_promise<any>, 272, 112},
        {"pending, shared, any_io_executor", &shared_promise<any>, 384, 144},
        {"pending, io_context::executor_type", &unique_promise<io_executor>, 272},
    };
}

} // namespace bench
