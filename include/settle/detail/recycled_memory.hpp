// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <cstddef>
#include <new>

namespace settle::detail {

// Where memory is watched, every block goes back to the watcher.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool memory_is_watched = true;
#elif defined(__has_feature)
inline constexpr bool memory_is_watched = __has_feature(address_sanitizer);
#else
inline constexpr bool memory_is_watched = false;
#endif

/// The blocks that one thread has freed and will use again, by size: what promises and links are
/// made of comes and goes by the million, in a few sizes. Each block is one of operator new's, so
/// it may be freed on another thread than it was made on; who frees more than it makes keeps a
/// limited number.
class free_blocks {
public:
    static constexpr std::size_t largest = 512;

    [[nodiscard]] static constexpr std::size_t rounded(std::size_t size) noexcept
    {
        return (size + granularity - 1) / granularity * granularity;
    }

    [[nodiscard]] void* take(std::size_t size) noexcept
    {
        auto& of_size = lists_[index(size)];
        auto* const first = of_size.first;
        if (first) {
            of_size.first = first->next;
            ++of_size.room;
        }
        return first;
    }

    [[nodiscard]] bool keep(void* memory, std::size_t size) noexcept
    {
        auto& of_size = lists_[index(size)];
        if (of_size.room == 0)
            return false;
        --of_size.room;
        of_size.first = ::new (memory) block{of_size.first};
        return true;
    }

    free_blocks() = default;
    free_blocks(const free_blocks&) = delete;
    free_blocks& operator=(const free_blocks&) = delete;
    SETTLE_DECL ~free_blocks();

private:
    struct block {
        block* next;
    };

    struct list {
        block* first = nullptr;
        std::size_t room = most;
    };

    static constexpr std::size_t granularity = 16;
    static constexpr std::size_t most = 256; // of one size

    [[nodiscard]] static constexpr std::size_t index(std::size_t size) noexcept
    {
        return (size + granularity - 1) / granularity - 1;
    }

    list lists_[largest / granularity];
};

// Null until the thread frees for the first time, and again when it is ending.
extern SETTLE_DECL constinit thread_local free_blocks* own_free_blocks;

SETTLE_READS_THREAD_LOCAL [[nodiscard]] inline free_blocks* blocks_of_this_thread() noexcept
{
    return own_free_blocks;
}

// The thread has none yet: makes them. Null where it cannot have any.
SETTLE_DECL free_blocks* begin_recycling() noexcept;

template <class Object>
inline constexpr bool is_recycled = !memory_is_watched && sizeof(Object) <= free_blocks::largest &&
                                    alignof(Object) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;

template <class Object>
[[nodiscard]] void* allocate_recycled()
{
    if constexpr (!is_recycled<Object>) {
        if constexpr (alignof(Object) > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
            return ::operator new(sizeof(Object), std::align_val_t(alignof(Object)));
        else
            return ::operator new(sizeof(Object));
    } else {
        if (auto* const own = blocks_of_this_thread()) [[likely]] {
            if (void* const memory = own->take(sizeof(Object))) [[likely]]
                return memory;
        }
        return ::operator new(free_blocks::rounded(sizeof(Object)));
    }
}

template <class Object>
void free_recycled(void* memory) noexcept
{
    if constexpr (!is_recycled<Object>) {
        if constexpr (alignof(Object) > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
            ::operator delete(memory, std::align_val_t(alignof(Object)));
        else
            ::operator delete(memory);
    } else {
        auto* own = blocks_of_this_thread();
        if (!own) [[unlikely]]
            own = begin_recycling();
        if (own && own->keep(memory, sizeof(Object))) [[likely]]
            return;
        ::operator delete(memory);
    }
}

/// Base of what is made with `new` and is to come from recycled memory.
template <class Object>
struct recycled {
    static void* operator new(std::size_t) { return allocate_recycled<Object>(); }
    static void operator delete(void* memory) noexcept { free_recycled<Object>(memory); }
};

} // namespace settle::detail
