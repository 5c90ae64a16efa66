// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "pair.hpp"

#include <vector>

namespace bench {

/// Times every pair and prints a table; what is not an option of its own goes to Google Benchmark.
/// Returns the exit status.
int time_pairs(const std::vector<pair>& pairs, std::vector<char*> arguments);

} // namespace bench
