// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "workload.hpp"

#include <vector>

namespace bench {

// Each is defined in the file of that name.

[[nodiscard]] std::vector<workload> hop();
[[nodiscard]] std::vector<workload> operation();
[[nodiscard]] std::vector<workload> links();
[[nodiscard]] std::vector<workload> finally_member();
[[nodiscard]] std::vector<workload> finally_synchronous();
[[nodiscard]] std::vector<workload> finally_asynchronous();
[[nodiscard]] std::vector<workload> errors();
[[nodiscard]] std::vector<workload> all();
[[nodiscard]] std::vector<workload> two_threads();
[[nodiscard]] std::vector<workload> echo();

[[nodiscard]] std::vector<footprint> footprints();
[[nodiscard]] std::vector<growth> growths();

/// Boost.Cobalt's side of "an operation"; nothing where there is none.
[[nodiscard]] std::vector<rival> cobalt_operation();

/// All workloads, in the order of their labels.
[[nodiscard]] std::vector<workload> workloads();

} // namespace bench
