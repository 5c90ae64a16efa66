// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "timing.hpp"

#include "allocations.hpp"
#include "measure_growth.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

namespace bench {
namespace {

/// A side at work.
class contestant {
public:
    contestant(const side& of, const workload& in, nanoseconds at_least)
        : in_this_process_(of.in_this_process)
        , run_(of.open())
        , units_(in.granule)
    {
        // Warms it up, too. The shortest of several counts: one that was interrupted says nothing.
        for (auto taken = shortest(); taken < at_least; taken = shortest()) {
            const double factor = std::clamp(at_least / taken * 1.2, 1.2, 10.0);
            const auto wanted = static_cast<double>(units_) * factor;
            units_ = (static_cast<std::int64_t>(wanted) / in.granule + 1) * in.granule;
        }
    }

    nanoseconds play()
    {
        const auto taken = run_(units_);
        each_.push_back(taken.count() / static_cast<double>(units_));
        return taken;
    }

    /// What a unit took, one entry a round.
    [[nodiscard]] const std::vector<double>& each() const { return each_; }

    [[nodiscard]] measured_side result(const std::string& name) const
    {
        measured_side made{.name = name, .nanoseconds = quartiles_of(each_)};
        // What a batch begins with cancels out.
        if (in_this_process_)
            made.allocations =
                (allocated_by(2 * units_) - allocated_by(units_)) / static_cast<double>(units_);
        return made;
    }

private:
    nanoseconds shortest() const
    {
        constexpr int times = 5;
        auto taken = run_(units_);
        for (int i = 1; i < times; ++i)
            taken = std::min(taken, run_(units_));
        return taken;
    }

    double allocated_by(std::int64_t units) const
    {
        const auto before = allocations();
        run_(units);
        return static_cast<double>(allocations() - before);
    }

    bool in_this_process_;
    batch run_;
    std::int64_t units_;
    std::vector<double> each_;
};

void note_quantities(workload_result& result, const workload& from)
{
    const auto& sides = result.sides;
    const double settle = sides[0].allocations.value_or(0);
    const double floor = sides[1].allocations.value_or(0);
    if (from.wanted.allocations)
        result.quantities.push_back(
            {"allocations per " + from.unit, "", settle, from.wanted.allocations});
    if (from.wanted.more_allocations)
        result.quantities.push_back({"allocations more than " + sides[1].name, "", settle - floor,
                                     from.wanted.more_allocations});
}

workload_result compete(benchmark::State& state, const workload& w, const effort& spent)
{
    const auto at_least = spent.batch * w.longer;
    std::vector<contestant> contestants;
    contestants.emplace_back(w.settle, w, at_least);
    for (const auto& r : w.rivals)
        contestants.emplace_back(r.against, w, at_least);

    std::size_t round = 0;
    for (auto _ : state) {
        nanoseconds settle{};
        for (std::size_t turn = 0; turn < contestants.size(); ++turn) {
            const auto place = (turn + round) % contestants.size();
            const auto taken = contestants[place].play();
            if (place == 0)
                settle = taken;
        }
        ++round;
        state.SetIterationTime(settle.count() * 1e-9);
    }

    workload_result result{.label = w.label, .name = w.name, .unit = w.unit};
    const auto& settle = contestants[0];
    result.sides.push_back(settle.result(w.settle.name));
    for (std::size_t i = 0; i < w.rivals.size(); ++i) {
        const auto& other = contestants[i + 1];
        result.sides.push_back(other.result(w.rivals[i].against.name));
        result.comparisons.push_back(
            {.against = result.sides.back().name,
             .ratio = result.sides[0].nanoseconds.median / result.sides.back().nanoseconds.median,
             .rounds = ratios_of(settle.each(), other.each()),
             .goal = w.rivals[i].goal});
    }
    note_quantities(result, w);
    return result;
}

workload_result measure(const footprint& f)
{
    const auto size = f.measure();
    workload_result result{.label = "W7", .name = f.what, .unit = "promise"};
    result.quantities.push_back({"bytes", " bytes", size.bytes, f.goal});
    // The promise's, and the continuation's, which is the next promise's too.
    constexpr double one_each = 2;
    result.quantities.push_back(
        {"blocks", "", size.blocks, f.goal ? std::optional<double>(one_each) : std::nullopt});
    return result;
}

// W3t is the third; what has no number comes last.
int number_of(const workload_result& result)
{
    const auto* const digits = result.label.c_str() + 1;
    const int number = std::atoi(digits);
    return number > 0 ? number : std::numeric_limits<int>::max();
}

// Of what takes longer, fewer.
int rounds_of(const workload& w, const effort& spent)
{
    return static_cast<int>(spent.rounds * std::min(1.0, 4 / w.longer));
}

/// Nobody needs what Google Benchmark would print.
class silence : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>&) override {}
};

} // namespace

std::vector<workload_result> measure(const std::vector<workload>& workloads,
                                     const std::vector<footprint>& footprints,
                                     const std::vector<growth>& growths, const effort& spent,
                                     progress& shown)
{
    std::vector<workload_result> results;
    const auto add = [&](const std::string& name, auto make, int rounds) {
        benchmark::RegisterBenchmark(name.c_str(),
                                     [&, name, make](benchmark::State& state) {
                                         shown.begin(name);
                                         results.push_back(make(state));
                                     })
            ->Iterations(rounds)
            ->UseManualTime();
    };
    for (const auto& w : workloads)
        add(
            w.label + " " + w.name,
            [&](benchmark::State& state) { return compete(state, w, spent); }, rounds_of(w, spent));
    for (const auto& f : footprints)
        add(
            "W7 " + f.what,
            [&](benchmark::State& state) {
                for (auto _ : state)
                    state.SetIterationTime(1e-9);
                return measure(f);
            },
            1);
    for (const auto& g : growths)
        add(
            "growth " + g.name,
            [&](benchmark::State& state) {
                growth_meter meter(g);
                for (auto _ : state)
                    state.SetIterationTime(meter.round().count() * 1e-9);
                return meter.result();
            },
            spent.rounds_of_growth);
    shown.expect(workloads.size() + footprints.size() + growths.size());
    silence quiet;
    benchmark::RunSpecifiedBenchmarks(&quiet);
    shown.end();
    std::stable_sort(results.begin(), results.end(),
                     [](const workload_result& a, const workload_result& b) {
                         return number_of(a) < number_of(b);
                     });
    return results;
}

} // namespace bench
