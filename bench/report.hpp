// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "results.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// One HTML page that needs no other file: the machine, the versions, charts, tables, the method.
[[nodiscard]] std::string as_page(const std::vector<workload_result>& results,
                                  const std::vector<std::pair<std::string, std::string>>& machine,
                                  int rounds);

} // namespace bench
