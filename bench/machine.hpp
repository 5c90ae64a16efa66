// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What was measured on, and with what: names and values, in the order in which they are shown.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> machine_and_versions();

} // namespace bench
