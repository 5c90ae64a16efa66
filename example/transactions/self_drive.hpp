// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string>

namespace bank {

struct options {
    std::string socket;
    std::int64_t transactions = 10'000;
    std::uint64_t seed = 1;
    unsigned threads = 1;
    unsigned compare = 0; // rounds of both ways
};

/// Runs the load and checks the books. Returns what main() returns.
int self_drive(const options& asked);

} // namespace bank
