// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "load.hpp"
#include "self_drive.hpp"

namespace bank {

/// Lets the cleanup by finally and that by hand take turns, and prints the median of each, in
/// transactions a second, and their ratio.
void compare(load& runs, const options& asked);

} // namespace bank
