// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace {

constinit thread_local std::uint64_t count = 0;
constinit thread_local std::uint64_t bytes = 0;

} // namespace

std::uint64_t bench::allocations() noexcept
{
    return count;
}

std::uint64_t bench::allocated_bytes() noexcept
{
    return bytes;
}

void bench::add_allocations(std::uint64_t by) noexcept
{
    count += by;
}

// The sanitizers have an allocator of their own: nothing is counted under them.
#if defined(__GLIBC__) && !defined(SETTLE_BENCH_SANITIZED)

namespace {

void note(std::size_t size) noexcept
{
    ++count;
    bytes += size;
}

} // namespace

extern "C" {

// What glibc keeps for those who replace its functions.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept
{
    note(size);
    return __libc_malloc(size);
}

void* calloc(std::size_t number, std::size_t size) noexcept
{
    note(number * size);
    return __libc_calloc(number, size);
}

void* realloc(void* memory, std::size_t size) noexcept
{
    note(size);
    return __libc_realloc(memory, size);
}

// What Asio calls for its own blocks.
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    note(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept
{
    note(size);
    *memory = __libc_memalign(alignment, size);
    return *memory != nullptr ? 0 : ENOMEM;
}
}

#endif
