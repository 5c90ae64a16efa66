// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace bench {

quartiles quartiles_of(std::vector<double> sample)
{
    if (sample.empty())
        return {};
    std::sort(sample.begin(), sample.end());
    const auto at = [&](double share) {
        const double place = share * static_cast<double>(sample.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const auto above = std::min(below + 1, sample.size() - 1);
        const double part = place - static_cast<double>(below);
        return sample[below] * (1 - part) + sample[above] * part;
    };
    return {at(0.25), at(0.5), at(0.75)};
}

quartiles ratios_of(const std::vector<double>& numerators, const std::vector<double>& denominators)
{
    std::vector<double> ratios;
    const auto rounds = std::min(numerators.size(), denominators.size());
    ratios.reserve(rounds);
    for (std::size_t i = 0; i < rounds; ++i)
        ratios.push_back(numerators[i] / denominators[i]);
    return quartiles_of(std::move(ratios));
}

} // namespace bench
