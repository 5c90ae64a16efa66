// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "results.hpp"
#include "workload.hpp"

#include <vector>

namespace bench {

/// Measures the cost of one among ten, and so on up to a million.
class growth_meter {
public:
    explicit growth_meter(const growth& of);

    /// Measures every size once; settle and the list in turn.
    nanoseconds round();

    /// How many times what the list's cost grows by settle's does.
    [[nodiscard]] workload_result result() const;

private:
    struct size {
        std::int64_t count;
        std::vector<double> settle;
        std::vector<double> list;
    };

    const growth& of_;
    std::vector<size> sizes_;
};

} // namespace bench
