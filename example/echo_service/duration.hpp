// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace echo {

using std::chrono::milliseconds;

/// "250ms", "30s", "5m"; a plain number is seconds. Nothing for anything else, or beyond a year.
[[nodiscard]] std::optional<milliseconds> parse_duration(std::string_view text);

/// The shortest of those that is exact.
[[nodiscard]] std::string to_string(milliseconds duration);

} // namespace echo
