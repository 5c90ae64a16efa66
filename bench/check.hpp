// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "workload.hpp"

#include <vector>

namespace bench {

/// Counts what has a limit and prints each count beside it; nothing is timed. Returns the exit
/// status: not zero when a limit is passed, or could not be checked.
int check_limits(const std::vector<workload>& workloads, const std::vector<footprint>& footprints);

} // namespace bench
