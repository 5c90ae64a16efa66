// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t count = 0;
constinit thread_local std::uint64_t bytes = 0;

void* counted(std::size_t size)
{
    ++count;
    bytes += size;
    if (void* memory = std::malloc(size != 0 ? size : 1))
        return memory;
    throw std::bad_alloc();
}

void* counted_aligned(std::size_t size, std::align_val_t alignment)
{
    const auto boundary = static_cast<std::size_t>(alignment);
    // Counts itself.
    if (void* memory = std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary))
        return memory;
    throw std::bad_alloc();
}

} // namespace

std::uint64_t bench::allocations() noexcept
{
    return count;
}

std::uint64_t bench::allocated_bytes() noexcept
{
    return bytes;
}

// What Asio calls for its own blocks, past operator new.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    ++count;
    bytes += size;
    void* memory = nullptr;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

void* operator new(std::size_t size)
{
    return counted(size);
}

void* operator new[](std::size_t size)
{
    return counted(size);
}

void* operator new(std::size_t size, std::align_val_t alignment)
{
    return counted_aligned(size, alignment);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    std::free(memory);
}
