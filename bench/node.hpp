// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "workload.hpp"

#include <optional>
#include <string>

namespace bench {

/// Node's version; empty where there is none.
[[nodiscard]] const std::string& node_version();

/// Adds Node as a rival, which does what bench/peers.mjs has under this name; does nothing where
/// Node is not installed.
void add_node(workload& to, const char* name, std::optional<double> goal = std::nullopt);

} // namespace bench
