// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "chains.hpp"
#include "links.hpp"
#include "node.hpp"
#include "workloads.hpp"

#include <string>
#include <utility>

namespace bench {
namespace {

// Ten links, of which the last begins the next chain.
struct linked {
    asio::any_io_executor executor;
    std::int64_t left; // chains

    int operator()(int value) const
    {
        if (left > 0)
            begin(executor, left - 1);
        return value;
    }

    static void begin(const asio::any_io_executor& executor, std::int64_t left)
    {
        const auto add_one = [](int value) { return value + 1; };
        auto made = settle::with_resolvers<int>(executor);
        std::move(made.promise)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(add_one)
            .then(linked{executor, left})
            .detach();
        made.resolver.resolve(0);
    }

    static void start(loop& on, std::int64_t links)
    {
        begin(on.context.get_executor(), links / links_in_chain - 1);
    }
};

workload links_on(threads run_by)
{
    const bool many = run_by == threads::many;
    workload made{
        .label = "W2",
        .name = std::string("ten links") + suffix_of(run_by),
        .unit = "link",
        .settle = chain("settle", &linked::start, run_by),
        .rivals = {{chain("asio::defer", &deferred_hop<io_executor>::start, run_by),
                    many ? 1.35 : 1.1},
                   {chain("asio::defer, any_io_executor",
                          &deferred_hop<asio::any_io_executor>::start, run_by)}},
        .wanted = {.allocations = 0},
        .granule = links_in_chain,
    };
    if (many)
        add_node(made, "links");
    return made;
}

} // namespace

std::vector<workload> links()
{
    return {links_on(threads::many), links_on(threads::one)};
}

} // namespace bench
