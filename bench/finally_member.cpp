// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "chains.hpp"
#include "node.hpp"
#include "workloads.hpp"

#include <utility>

namespace bench {
namespace {

using any = asio::any_io_executor;

// The cleanup begins the next hop.
struct finally_hop {
    any executor;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            next(executor, left - 1);
    }

    static void next(const any& executor, std::int64_t left)
    {
        auto made = settle::with_resolvers<int>(executor);
        std::move(made.promise).finally(finally_hop{executor, left}).detach();
        made.resolver.resolve(1);
    }

    static void start(loop& on, std::int64_t hops) { next(on.context.get_executor(), hops - 1); }
};

} // namespace

std::vector<workload> finally_member()
{
    workload made{
        .label = "W3",
        .name = "member finally, synchronous cleanup",
        .unit = "hop",
        .settle = chain("settle", &finally_hop::start),
        .rivals = {{chain("settle's then", &promise_hop<any>::start), 1.05}},
    };
    add_node(made, "finally", 0.15);
    return {made};
}

} // namespace bench
