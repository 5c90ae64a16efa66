// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>

namespace tls {

/// Starts the service and drives it over loopback with polite peers, with some that reset, that
/// stall in the handshake, that never answer the goodbye (or with these alone); stops it, and
/// checks the books. The peers have a thread of their own. Returns what main() is to return.
int self_drive(std::size_t sessions, unsigned threads, bool all_mute, bool by_hand);

/// Both ways of saying goodbye in turns, with polite peers.
void compare(std::size_t rounds, std::size_t sessions);

} // namespace tls
