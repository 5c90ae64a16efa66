// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>

namespace proxy {

/// Runs the proxy before a server that fails at random, with clients of all manners, and stops it.
/// Returns 0 when the books balance.
int self_drive(std::size_t clients, std::uint32_t seed, bool by_hand);

} // namespace proxy
