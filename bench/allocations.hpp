// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>

namespace bench {

/// How often this thread has taken memory: by malloc and what else the C library has, which
/// operator new calls.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// How many bytes it has asked for.
[[nodiscard]] std::uint64_t allocated_bytes() noexcept;

/// Counts what another thread has taken for this one as this one's.
void add_allocations(std::uint64_t count) noexcept;

} // namespace bench
