// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "check.hpp"

#include "allocations.hpp"
#include "instructions.hpp"
#include "throws.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace bench {
namespace {

struct counted {
    double allocations;
    double throws;
};

counted count(const workload& w, const side& s)
{
    constexpr std::int64_t units = 10'000;
    const auto run = s.open_counted();
    run(w.granule); // what the loop allocates once
    const auto allocated = allocations();
    const auto thrown = throws();
    run(units);
    const auto each = [](std::uint64_t total) {
        return static_cast<double>(total) / static_cast<double>(units);
    };
    return {each(allocations() - allocated), each(throws() - thrown)};
}

bool within(const char* workload, const char* what, double counted, double limit)
{
    if (std::isinf(limit))
        return true;
    // As printed: where a program's memory lies costs its start some instructions more or less.
    const bool passed = std::round(counted * 10) / 10 <= limit;
    std::printf("%-34s %-22s %+8.1f  limit %+6.1f  %s\n", workload, what, counted, limit,
                passed ? "passed" : "FAILED");
    return passed;
}

bool has_limit_on_instructions(const limits& allowed)
{
    return !std::isinf(allowed.instructions) || !std::isinf(allowed.instruction_percent);
}

} // namespace

int check_limits(const std::vector<workload>& workloads, const std::vector<footprint>& footprints)
{
    bool passed = true;
    for (const auto& w : workloads) {
        const auto* const name = w.name.c_str();
        if (w.settle.open_counted) {
            const auto settle = count(w, w.settle);
            const auto floor = count(w, w.rivals.front().against);
            passed &= within(name, "allocations more", settle.allocations - floor.allocations,
                             w.allowed.allocations);
            passed &= within(name, "throws", settle.throws, w.allowed.throws);
        }
        if (!has_limit_on_instructions(w.allowed))
            continue;
        if (const auto counts = count_instructions(w)) {
            passed &= within(name, "instructions more", counts->more(), w.allowed.instructions);
            passed &= within(name, "instructions more, %", counts->percent_more(),
                             w.allowed.instruction_percent);
        } else {
            passed = false;
        }
    }
    for (const auto& f : footprints)
        passed &= within(f.what.c_str(), "bytes", f.measure().bytes, f.allowed);
    return passed ? 0 : 1;
}

} // namespace bench
