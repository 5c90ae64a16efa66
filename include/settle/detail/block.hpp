// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/recycled_memory.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace settle::detail {

/// Stands for std::allocator, which is what those have that ask for none.
template <class T>
struct recycling_blocks {
    using value_type = T;

    template <class Any>
    explicit recycling_blocks(const std::allocator<Any>&) noexcept
    {
    }

    [[nodiscard]] static T* allocate(std::size_t)
    {
        return static_cast<T*>(allocate_recycled<T>());
    }
    static void deallocate(T* block, std::size_t) noexcept { free_recycled<T>(block); }

    friend bool operator==(recycling_blocks, recycling_blocks) noexcept = default;
};

template <class Object, class Allocator>
struct block_allocator_of {
    using type = typename std::allocator_traits<Allocator>::template rebind_alloc<Object>;
};

template <class Object, class Any>
struct block_allocator_of<Object, std::allocator<Any>> {
    using type = recycling_blocks<Object>;
};

template <class Object, class Allocator>
using block_allocator = typename block_allocator_of<Object, Allocator>::type;

/// One object in one block of an allocator of any value type.
template <class Object, class Allocator, class... Args>
[[nodiscard]] Object* create_block(const Allocator& allocator, Args&&... args)
{
    using rebound = block_allocator<Object, Allocator>;
    rebound blocks(allocator);
    Object* memory = std::allocator_traits<rebound>::allocate(blocks, 1);
    try {
        return std::construct_at(memory, std::forward<Args>(args)...);
    } catch (...) {
        std::allocator_traits<rebound>::deallocate(blocks, memory, 1);
        throw;
    }
}

/// The allocator is a copy, since the object may hold the original.
template <class Object, class Allocator>
void destroy_block(Object* object, Allocator allocator) noexcept
{
    using rebound = block_allocator<Object, Allocator>;
    rebound blocks(std::move(allocator));
    std::destroy_at(object);
    std::allocator_traits<rebound>::deallocate(blocks, object, 1);
}

/// Owns a block until it is released. The allocator is taken at once, before anything can move
/// the handler that it is associated with.
template <class Object, class Allocator>
class block_owner {
public:
    block_owner(Object* object, Allocator allocator) noexcept
        : allocator_(std::move(allocator))
        , object_(object)
    {
    }

    block_owner(const block_owner&) = delete;
    block_owner& operator=(const block_owner&) = delete;

    ~block_owner() { reset(); }

    void reset() noexcept
    {
        if (auto* object = std::exchange(object_, nullptr))
            destroy_block(object, allocator_);
    }

private:
    Allocator allocator_;
    Object* object_;
};

} // namespace settle::detail
