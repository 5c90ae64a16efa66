// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <utility>

namespace settle::detail {

/// A coroutine's frame has been allocated, and its promise object, which makes the state, is not
/// made yet. Stands in the place of the state meanwhile.
///
/// Between the two the coroutine's arguments are moved into the frame, so other coroutines may
/// begin in between, and end or get here too: one inside another, on one thread.
struct awaited_state {
    awaited_state* outer;
    std::size_t frame_size;

    static inline constinit thread_local awaited_state* innermost = nullptr;
};

/// One block for a coroutine: the state of its promise, and behind it the frame. The frame is
/// destroyed when the coroutine has ended, so nothing of it is left when the promise settles; the
/// memory goes with the state.
template <class State>
class coroutine_memory {
    static constexpr std::size_t alignment = alignof(State) > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                                                 ? alignof(State)
                                                 : __STDCPP_DEFAULT_NEW_ALIGNMENT__;

    static_assert(sizeof(State) >= sizeof(awaited_state));

    // Called in a function, since the state is not complete where this class is named.
    [[nodiscard]] static constexpr std::size_t frame_offset() noexcept
    {
        return (sizeof(State) + alignment - 1) / alignment * alignment;
    }

    [[nodiscard]] static void* allocate(std::size_t size)
    {
        if constexpr (alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
            return ::operator new(size, std::align_val_t(alignment));
        else
            return ::operator new(size);
    }

    static void deallocate(void* block) noexcept
    {
        if constexpr (alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__)
            ::operator delete(block, std::align_val_t(alignment));
        else
            ::operator delete(block);
    }

public:
    [[nodiscard]] static void* allocate_frame(std::size_t size)
    {
        auto* const block = static_cast<std::byte*>(allocate(frame_offset() + size));
        awaited_state::innermost = ::new (block) awaited_state{awaited_state::innermost, size};
        return block + frame_offset();
    }

    /// A frame that has a state leaves its memory to that.
    static void deallocate_frame(void* frame) noexcept
    {
        void* const block = static_cast<std::byte*>(frame) - frame_offset();
        if (block == awaited_state::innermost) { // an argument could not be moved
            awaited_state::innermost = awaited_state::innermost->outer;
            deallocate(block);
        }
    }

    /// Makes the state for a promise object: before its frame, or by itself where the compiler has
    /// put the frame into that of the caller. The arguments are noexcept to copy.
    template <class... Args>
    [[nodiscard]] static State* make_state(const void* promise_object, const Args&... args)
    {
        auto* const awaited = awaited_state::innermost;
        if (awaited && holds(*awaited, promise_object)) {
            awaited_state::innermost = awaited->outer;
            return ::new (static_cast<void*>(awaited)) State(args...);
        }
        return ::new (allocate(sizeof(State))) State(args...);
    }

    static void destroy_state(State* state) noexcept
    {
        std::destroy_at(state);
        deallocate(state);
    }

private:
    [[nodiscard]] static bool holds(const awaited_state& awaited, const void* object) noexcept
    {
        const auto* const frame = reinterpret_cast<const std::byte*>(&awaited) + frame_offset();
        const std::less<const void*> less;
        return !less(object, frame) && less(object, frame + awaited.frame_size);
    }
};

} // namespace settle::detail
