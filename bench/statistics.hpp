// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <vector>

namespace bench {

/// The middle of a sample, and the middle of either half: a machine that is interrupted now and
/// then moves none of them.
struct quartiles {
    double low = 0;
    double median = 0;
    double high = 0;
};

[[nodiscard]] quartiles quartiles_of(std::vector<double> sample);

/// Of what each round says by itself: one divided by the other.
[[nodiscard]] quartiles ratios_of(const std::vector<double>& numerators,
                                  const std::vector<double>& denominators);

} // namespace bench
