// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "measure_growth.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bench {

growth_meter::growth_meter(const growth& of)
    : of_(of)
{
    constexpr std::int64_t few = 10;
    constexpr std::int64_t many = 1'000'000;
    for (auto count = few; count <= many; count *= 10) {
        // Warms up: the first to need so much memory gets it from the system.
        static_cast<void>(of_.settle(count));
        static_cast<void>(of_.list(count));
        sizes_.push_back({count, {}, {}});
    }
}

nanoseconds growth_meter::round()
{
    nanoseconds taken{};
    for (auto& s : sizes_) {
        const auto settle = of_.settle(s.count);
        s.settle.push_back(settle.count());
        s.list.push_back(of_.list(s.count).count());
        taken += settle * static_cast<double>(s.count);
    }
    return taken;
}

workload_result growth_meter::result() const
{
    workload_result made{.label = "growth", .name = of_.name, .unit = "link"};
    for (const auto& s : sizes_)
        made.curve.push_back({s.count, quartiles_of(s.settle).median, quartiles_of(s.list).median});
    const auto& few = sizes_.front();
    const auto& many = sizes_.back();
    const auto compare = [&](const char* against, std::optional<double> goal, auto grown) {
        std::vector<double> settle;
        std::vector<double> list;
        for (std::size_t i = 0; i < few.settle.size(); ++i) {
            settle.push_back(grown(many.settle[i], few.settle[i]));
            list.push_back(grown(many.list[i], few.list[i]));
        }
        made.comparisons.push_back(
            {.against = against,
             .ratio = quartiles_of(settle).median / quartiles_of(list).median,
             .rounds = ratios_of(settle, list),
             .goal = goal});
    };
    compare("growth of walking a list", growth_goal, [](double a, double b) { return a / b; });
    compare("the same as a difference of times", std::nullopt,
            [](double a, double b) { return a - b; });
    return made;
}

} // namespace bench
