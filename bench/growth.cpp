// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"
#include "loop.hpp"
#include "workloads.hpp"

#include <settle/promise.hpp>

#include <benchmark/benchmark.h>
#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>
#include <vector>

// What one of many costs. Few are done again and again, so that as many are timed.
namespace bench {
namespace {

namespace asio = boost::asio;
using any = asio::any_io_executor;
using stopwatch = std::chrono::steady_clock;

// How many are timed at least.
constexpr std::int64_t timed = 20'000;

/// Runs `once`, which returns what it took for `count`, as often as needed.
template <class Once>
nanoseconds of_each(std::int64_t count, Once once)
{
    const auto times = std::max<std::int64_t>(1, timed / count);
    nanoseconds taken{};
    for (std::int64_t i = 0; i < times; ++i)
        taken += once();
    return taken / static_cast<double>(times * count);
}

struct chain_of {
    settle::resolver<int, any> first;
    settle::promise<int, any> last;

    static chain_of build(const any& executor, std::int64_t count)
    {
        auto made = settle::with_resolvers<int>(executor);
        std::optional<settle::promise<int>> last(std::move(made.promise));
        for (std::int64_t i = 0; i < count; ++i)
            last.emplace(std::move(*last).then([](int value) { return value + 1; }));
        return {std::move(made.resolver), std::move(*last)};
    }
};

loop& shared_loop()
{
    static loop on;
    return on;
}

nanoseconds settle_chain(std::int64_t count)
{
    auto& on = shared_loop();
    return of_each(count, [&] {
        const auto begin = stopwatch::now();
        {
            auto made = chain_of::build(on.context.get_executor(), count);
            std::move(made.last).detach();
            made.first.resolve(0);
        }
        on.context.run();
        const nanoseconds taken = stopwatch::now() - begin;
        on.context.restart();
        return taken;
    });
}

nanoseconds settle_many(std::int64_t count)
{
    auto& on = shared_loop();
    const any executor(on.context.get_executor());
    return of_each(count, [&] {
        std::vector<settle::resolver<int>> resolvers;
        resolvers.reserve(static_cast<std::size_t>(count));
        const auto begin = stopwatch::now();
        for (std::int64_t i = 0; i < count; ++i) {
            auto made = settle::with_resolvers<int>(executor);
            std::move(made.promise).then([](int) {}).detach();
            resolvers.push_back(std::move(made.resolver));
        }
        for (const auto& resolver : resolvers)
            resolver.resolve(1);
        on.context.run();
        const nanoseconds taken = stopwatch::now() - begin;
        on.context.restart();
        return taken;
    });
}

// Chains are dropped with their context, queued: nothing runs, all is destroyed. Several short ones
// at once, since to destroy a context alone takes as long as some dozen links.
nanoseconds destroy_chain(std::int64_t count)
{
    const auto together = std::max<std::int64_t>(1, 1000 / count);
    return of_each(count * together, [&] {
        std::optional<loop> on(std::in_place);
        for (std::int64_t i = 0; i < together; ++i) {
            auto made = chain_of::build(on->context.get_executor(), count);
            std::move(made.last).detach();
            made.first.resolve(0);
        }
        const auto begin = stopwatch::now();
        on.reset();
        return nanoseconds(stopwatch::now() - begin);
    });
}

struct list_node {
    list_node* next;
    std::int64_t value;
};

std::size_t bytes_of_link()
{
    constexpr std::int64_t links = 1000;
    auto& on = shared_loop();
    const auto before = allocated_bytes();
    auto made = chain_of::build(on.context.get_executor(), links);
    const auto bytes = (allocated_bytes() - before) / links;
    std::move(made.last).detach();
    made.first.resolve(0);
    on.context.run();
    on.context.restart();
    return std::max<std::size_t>(bytes, sizeof(list_node));
}

// The floor: to walk a list of nodes that take as many bytes as a link. It is a ring, so that a
// processor cannot begin a short one again before it has come to its end.
nanoseconds list_of_links(std::int64_t count)
{
    static const std::size_t size = bytes_of_link();
    std::vector<void*> blocks(static_cast<std::size_t>(count));
    for (auto& block : blocks)
        block = std::malloc(size);
    list_node* first = nullptr;
    for (auto* block : blocks)
        first = new (block) list_node{first, 1};
    static_cast<list_node*>(blocks.front())->next = first;

    const auto steps = std::max(timed, count);
    std::int64_t sum = 0;
    const auto* node = first;
    const auto begin = stopwatch::now();
    for (std::int64_t i = 0; i < steps; ++i) {
        sum += node->value;
        node = node->next;
    }
    benchmark::DoNotOptimize(sum);
    const nanoseconds taken = stopwatch::now() - begin;
    for (auto* block : blocks)
        std::free(block);
    return taken / static_cast<double>(steps);
}

} // namespace

std::vector<growth> growths()
{
    return {
        {"links of one chain", &settle_chain, &list_of_links},
        {"promises at once", &settle_many, &list_of_links},
        {"links destroyed", &destroy_chain, &list_of_links},
    };
}

} // namespace bench
