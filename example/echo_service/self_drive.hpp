// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "options.hpp"

namespace echo {

/// Starts the service on loopback, drives it with a mix of peers, prints a table and checks the
/// books. Returns the exit code: zero when they balance.
[[nodiscard]] int self_drive(const options& asked);

} // namespace echo
