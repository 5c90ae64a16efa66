// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>

namespace bench {

/// How often this thread has called operator new or aligned_alloc.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// How many bytes it has asked them for.
[[nodiscard]] std::uint64_t allocated_bytes() noexcept;

} // namespace bench
