// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "results.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace bench {

std::string fixed(double value, int digits)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string readable(double value)
{
    const double size = std::abs(value);
    const int digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
    const double scale = std::pow(10, digits);
    const bool is_whole = std::round(value * scale) == std::round(value) * scale;
    return fixed(value, is_whole ? 0 : digits);
}

bool within_goal(double value, double goal)
{
    return value <= goal + (goal >= 10 ? 0.05 : 0.005);
}

std::vector<row> rows_of(const std::vector<workload_result>& results)
{
    const auto verdict = [](double value, const std::optional<double>& goal) {
        return !goal ? "" : within_goal(value, *goal) ? "met" : "missed";
    };
    std::vector<row> rows;
    for (const auto& w : results) {
        for (const auto& c : w.comparisons)
            rows.push_back({w.label, w.name, c.against, fixed(c.ratio, 2) + "x",
                            fixed(c.rounds.low, 2) + " to " + fixed(c.rounds.high, 2),
                            c.goal ? fixed(*c.goal, 2) + "x" : "", verdict(c.ratio, c.goal),
                            c.ratio, c.goal, c.rounds});
        for (const auto& q : w.quantities)
            rows.push_back({w.label,
                            w.name,
                            q.what,
                            readable(q.value) + q.unit,
                            "",
                            q.goal ? readable(*q.goal) + q.unit : "",
                            verdict(q.value, q.goal),
                            q.value,
                            q.goal,
                            {}});
    }
    return rows;
}

} // namespace bench
