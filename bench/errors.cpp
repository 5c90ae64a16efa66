// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "links.hpp"
#include "workloads.hpp"

// Ten links that a failure passes by, and what catches it.
namespace bench {
namespace {

template <beginning With>
side ten(const char* name)
{
    return {.name = name,
            .open = on_loop(&ten_links<With>::start),
            .open_counted = on_loop(&ten_links<With>::start)};
}

} // namespace

std::vector<workload> errors()
{
    return {
        {.label = "W5",
         .name = "ten links, rejected",
         .unit = "link",
         .settle = ten<beginning::error_code>("settle"),
         .rivals = {{ten<beginning::value>("fulfilled"), 1.0}},
         .allowed = {.instruction_percent = 10, .allocations = 0, .throws = 0},
         .granule = links_in_chain},
        {.label = "W5",
         .name = "ten links, rejected by an exception",
         .unit = "link",
         .settle = ten<beginning::exception>("settle"),
         .rivals = {{ten<beginning::value>("fulfilled"), 1.15}},
         .allowed = {.allocations = 0, .throws = 0},
         .granule = links_in_chain},
    };
}

} // namespace bench
