// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "options.hpp"

namespace echo {

/// Serves until SIGINT or SIGTERM. Returns the exit code; throws when it cannot listen.
[[nodiscard]] int serve(const options& asked);

} // namespace echo
