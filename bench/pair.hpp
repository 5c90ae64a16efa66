// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "allocations.hpp"

#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace bench {

/// Runs `once(context, remaining)` as a chain of hops: each completion starts the next. One
/// iteration of the benchmark is a batch, so that a hop pays nothing for the measuring.
template <class Hop>
void run_hops(benchmark::State& state, Hop hop)
{
    constexpr std::int64_t batch = 1000;
    boost::asio::io_context context;
    std::uint64_t allocated = 0;
    for (auto _ : state) {
        const auto before = allocations();
        hop(context, batch);
        context.run();
        context.restart();
        allocated += allocations() - before;
    }
    state.SetItemsProcessed(state.iterations() * batch);
    const auto hops = static_cast<double>(state.iterations() * batch);
    state.counters["allocations"] = static_cast<double>(allocated) / hops;
    state.counters["hops"] = static_cast<double>(batch);
}

/// Registers one side of a workload: the floor, or settle.
template <class Hop>
void add(const std::string& workload, const std::string& side, Hop hop)
{
    benchmark::RegisterBenchmark((workload + "|" + side).c_str(), [hop](benchmark::State& state) {
        run_hops(state, hop);
    })->UseRealTime();
}

void add_promise_workloads();
void add_finally_workloads();

} // namespace bench
