// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "check.hpp"

#include "allocations.hpp"
#include "instructions.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace bench {
namespace {

double allocations_of(starter start)
{
    constexpr std::int64_t hops = 1000;
    loop on;
    run(on, start, 1); // what the loop allocates once
    const auto before = allocations();
    run(on, start, hops);
    return static_cast<double>(allocations() - before) / static_cast<double>(hops);
}

bool within(const char* workload, const char* what, double counted, double limit)
{
    if (std::isinf(limit))
        return true;
    const bool passed = counted <= limit;
    std::printf("%-34s %-22s %+8.1f  limit %+6.1f  %s\n", workload, what, counted, limit,
                passed ? "passed" : "FAILED");
    return passed;
}

bool has_limit_on_instructions(const limits& allowed)
{
    return !std::isinf(allowed.instructions) || !std::isinf(allowed.instruction_percent);
}

} // namespace

int check_limits(const std::vector<pair>& pairs, const std::vector<footprint>& footprints)
{
    bool passed = true;
    for (const auto& p : pairs) {
        const auto* const name = p.workload.c_str();
        if (p.floor.start_counted)
            passed &= within(name, "allocations more",
                             allocations_of(p.settle.start_counted) -
                                 allocations_of(p.floor.start_counted),
                             p.allowed.allocations);
        if (!has_limit_on_instructions(p.allowed))
            continue;
        if (const auto counts = count_instructions(p)) {
            passed &= within(name, "instructions more", counts->more(), p.allowed.instructions);
            passed &= within(name, "instructions more, %", counts->percent_more(),
                             p.allowed.instruction_percent);
        } else {
            passed = false;
        }
    }
    for (const auto& f : footprints)
        passed &= within(f.what.c_str(), "bytes", static_cast<double>(f.bytes()),
                         static_cast<double>(f.allowed));
    return passed ? 0 : 1;
}

} // namespace bench
