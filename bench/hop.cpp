// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "chains.hpp"
#include "node.hpp"
#include "workloads.hpp"

#include <string>

namespace bench {
namespace {

using any = asio::any_io_executor;

workload hop_on(threads run_by)
{
    const bool many = run_by == threads::many;
    workload made{
        .label = "W1",
        .name = std::string("hop") + suffix_of(run_by),
        .unit = "hop",
        .settle = chain("settle", &promise_hop<any>::start, run_by),
        .rivals = {{chain("asio::defer", &deferred_hop<io_executor>::start, run_by),
                    many ? 1.4 : 0.85},
                   {chain("asio::defer, any_io_executor", &deferred_hop<any>::start, run_by)}},
    };
    if (many) {
        made.rivals[1].goal = 0.5;
        add_node(made, "hop", 0.7);
    }
    return made;
}

} // namespace

std::vector<workload> hop()
{
    return {
        hop_on(threads::many),
        hop_on(threads::one),
        {.label = "W1",
         .name = "hop, io_context::executor_type",
         .unit = "hop",
         .settle = chain("settle", &promise_hop<io_executor>::start),
         .rivals = {{chain("asio::defer", &deferred_hop<io_executor>::start)}}},
    };
}

} // namespace bench
