// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Counts what the whole program takes from operator new. Replaces the global functions, so exactly
// one source file of an executable may include it.

#include <atomic>
#include <cstdlib>
#include <new>

namespace support {

inline std::atomic<long> global_allocations{0};

} // namespace support

// Not inlined, or GCC takes the free() for that of another function's memory.
[[gnu::noinline]] void* operator new(std::size_t size)
{
    support::global_allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size ? size : 1))
        return memory;
    throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
