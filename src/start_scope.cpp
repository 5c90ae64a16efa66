// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/start_scope.hpp>

#include <atomic>

namespace settle::detail {

std::uint64_t start_scope::next_identity_block() noexcept
{
    // Relaxed: only the numbers must differ. The first block starts at 2^20, so none is zero.
    static constinit std::atomic<std::uint64_t> blocks{1};
    return blocks.fetch_add(1, std::memory_order_relaxed) * block;
}

} // namespace settle::detail
