// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "results.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bench {

[[nodiscard]] std::string as_text(const std::vector<workload_result>& results);
[[nodiscard]] std::string as_markdown(const std::vector<workload_result>& results);
[[nodiscard]] std::string as_json(const std::vector<workload_result>& results,
                                  const std::vector<std::pair<std::string, std::string>>& machine);

} // namespace bench
