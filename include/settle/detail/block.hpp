// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <memory>
#include <utility>

namespace settle::detail {

/// One object in one block of an allocator of any value type.
template <class Object, class Allocator, class... Args>
[[nodiscard]] Object* create_block(const Allocator& allocator, Args&&... args)
{
    using rebound = typename std::allocator_traits<Allocator>::template rebind_alloc<Object>;
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
    using rebound = typename std::allocator_traits<Allocator>::template rebind_alloc<Object>;
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
