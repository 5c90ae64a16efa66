// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "pair.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

struct side {
    std::string name;
    std::vector<double> nanoseconds; // a hop, one entry a repetition
    double allocations = 0;
};

double median(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Collects the repetitions and prints each workload as a pair: the floor, settle, their ratio.
class pair_reporter : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override
    {
        for (const auto& run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            const auto& full = run.run_name.function_name;
            const auto bar = full.find('|');
            auto& sides = workloads_[full.substr(0, bar)];
            const auto name = full.substr(bar + 1);
            auto found = std::find_if(sides.begin(), sides.end(),
                                      [&](const side& s) { return s.name == name; });
            if (found == sides.end())
                found = sides.insert(sides.end(), side{name, {}, 0});
            found->nanoseconds.push_back(run.real_accumulated_time * 1e9 /
                                         static_cast<double>(run.iterations) /
                                         run.counters.at("hops"));
            found->allocations = run.counters.at("allocations");
        }
    }

    [[nodiscard]] bool print() const
    {
        std::printf("%-34s %-12s %9s %9s %7s %22s\n", "workload (median of one run)", "floor",
                    "floor ns", "settle ns", "ratio", "allocations a hop");
        for (const auto& [name, sides] : workloads_) {
            const auto is_settle = [](const side& s) { return s.name == "settle"; };
            const auto ours = std::find_if(sides.begin(), sides.end(), is_settle);
            const auto floor = std::find_if_not(sides.begin(), sides.end(), is_settle);
            if (ours == sides.end() || floor == sides.end())
                continue;
            const auto at_floor = median(floor->nanoseconds);
            const auto at_settle = median(ours->nanoseconds);
            std::printf("%-34s %-12s %9.1f %9.1f %6.2fx %9.3f against %5.3f\n", name.c_str(),
                        floor->name.c_str(), at_floor, at_settle, at_settle / at_floor,
                        ours->allocations, floor->allocations);
        }
        return !workloads_.empty();
    }

private:
    std::map<std::string, std::vector<side>> workloads_;
};

} // namespace

int main(int argc, char** argv)
{
    std::vector<char*> arguments;
    bool quick = false;
    for (int i = 0; i < argc; ++i) {
        if (std::strcmp(argv[i], "--quick") == 0)
            quick = true;
        else
            arguments.push_back(argv[i]);
    }
    // The sides of a pair in turn, so that a change of the machine's speed meets both.
    std::string interleave = "--benchmark_enable_random_interleaving=true";
    std::string repetitions = quick ? "--benchmark_repetitions=5" : "--benchmark_repetitions=15";
    std::string length = quick ? "--benchmark_min_time=0.05" : "--benchmark_min_time=0.2";
    for (auto* option : {&length, &repetitions, &interleave})
        arguments.insert(arguments.begin() + 1, option->data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);

    bench::add_finally_workloads();
    bench::add_promise_workloads();
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data()))
        return 2;
    pair_reporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    if (!reporter.print()) {
        std::fputs("settle_bench: no benchmark matches\n", stderr);
        return 1;
    }
    return 0;
}
