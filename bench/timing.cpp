// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "timing.hpp"

#include "allocations.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

namespace bench {
namespace {

// One iteration is a batch, so that a hop pays nothing for the measuring.
constexpr std::int64_t batch = 1000;

void time_side(benchmark::State& state, starter start)
{
    loop on;
    std::uint64_t allocated = 0;
    for (auto _ : state) {
        const auto before = allocations();
        run(on, start, batch);
        allocated += allocations() - before;
    }
    const auto hops = static_cast<double>(state.iterations() * batch);
    state.counters["allocations"] = static_cast<double>(allocated) / hops;
}

struct timed_side {
    std::vector<double> nanoseconds; // a hop, one entry a repetition
    double allocations = 0;

    [[nodiscard]] double median() const
    {
        auto values = nanoseconds;
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
    }
};

/// Collects the repetitions of each side.
class collector : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override
    {
        for (const auto& run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            auto& side = sides_[run.run_name.function_name];
            side.nanoseconds.push_back(run.real_accumulated_time * 1e9 /
                                       static_cast<double>(run.iterations * batch));
            side.allocations = run.counters.at("allocations");
        }
    }

    /// Null where it has been filtered out.
    [[nodiscard]] const timed_side* find(const std::string& name) const
    {
        const auto found = sides_.find(name);
        return found == sides_.end() ? nullptr : &found->second;
    }

private:
    std::map<std::string, timed_side> sides_;
};

std::string name_of(const pair& p, const side& s)
{
    return p.workload + '|' + s.name;
}

bool print(const std::vector<pair>& pairs, const collector& results)
{
    bool any = false;
    std::printf("%-34s %-12s %9s %9s %7s %22s\n", "workload (median of one run)", "floor",
                "floor ns", "settle ns", "ratio", "allocations a hop");
    for (const auto& p : pairs) {
        const auto* const floor = results.find(name_of(p, p.floor));
        const auto* const settle = results.find(name_of(p, p.settle));
        if (!floor || !settle)
            continue;
        any = true;
        std::printf("%-34s %-12s %9.1f %9.1f %6.2fx %9.3f against %5.3f\n", p.workload.c_str(),
                    p.floor.name.c_str(), floor->median(), settle->median(),
                    settle->median() / floor->median(), settle->allocations, floor->allocations);
    }
    return any;
}

} // namespace

int time_pairs(const std::vector<pair>& pairs, std::vector<char*> arguments)
{
    const auto is_quick = [](const char* a) { return std::strcmp(a, "--quick") == 0; };
    const bool quick = std::erase_if(arguments, is_quick) != 0;
    // The sides of a pair in turn, so that a change of the machine's speed meets both.
    std::string interleave = "--benchmark_enable_random_interleaving=true";
    std::string repetitions = quick ? "--benchmark_repetitions=5" : "--benchmark_repetitions=15";
    std::string length = quick ? "--benchmark_min_time=0.05" : "--benchmark_min_time=0.2";
    for (auto* option : {&length, &repetitions, &interleave})
        arguments.insert(arguments.begin() + 1, option->data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);

    for (const auto& p : pairs)
        for (const auto* s : {&p.floor, &p.settle})
            benchmark::RegisterBenchmark(name_of(p, *s).c_str(), time_side, s->start)
                ->UseRealTime();
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data()))
        return 2;
    collector results;
    benchmark::RunSpecifiedBenchmarks(&results);
    if (!print(pairs, results)) {
        std::fputs("settle_bench: no benchmark matches\n", stderr);
        return 1;
    }
    return 0;
}

} // namespace bench
