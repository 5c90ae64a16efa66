// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loop.hpp"

#include <cstddef>
#include <memory>

namespace bench {

/// Base of a handler without an associated allocator: Asio recycles its blocks.
struct recycled_memory {};

/// Asks operator new for every block.
template <class T>
struct plain_allocator {
    using value_type = T;

    plain_allocator() = default;

    template <class U>
    plain_allocator(const plain_allocator<U>&) noexcept
    {
    }

    [[nodiscard]] T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
    void deallocate(T* p, std::size_t n) noexcept { std::allocator<T>().deallocate(p, n); }

    template <class U>
    friend bool operator==(const plain_allocator&, const plain_allocator<U>&) noexcept
    {
        return true;
    }
};

/// Base of a handler with an associated allocator that recycles nothing, so that allocations()
/// sees every block which is taken on its behalf.
struct counted_memory {
    using allocator_type = plain_allocator<void>;

    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
};

/// The side whose handlers are Hop, with either memory.
template <template <class> class Hop>
[[nodiscard]] side make_side(const char* name)
{
    return {.name = name,
            .open = on_loop(&Hop<recycled_memory>::start),
            .open_counted = on_loop(&Hop<counted_memory>::start)};
}

} // namespace bench
