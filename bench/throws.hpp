// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>

namespace bench {

/// How often this thread has thrown or rethrown an exception.
[[nodiscard]] std::uint64_t throws() noexcept;

} // namespace bench
