// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/recycled_memory.hpp>

#include <utility>

namespace settle::detail {
namespace {

constinit thread_local bool ending = false;

struct thread_blocks {
    thread_blocks() noexcept { own_free_blocks = &blocks; }

    // What the thread frees from now on goes back at once.
    ~thread_blocks()
    {
        ending = true;
        own_free_blocks = nullptr;
    }

    free_blocks blocks;
};

} // namespace

constinit thread_local free_blocks* own_free_blocks = nullptr;

free_blocks* begin_recycling() noexcept
{
    if (ending)
        return nullptr;
    thread_local thread_blocks own;
    static_cast<void>(own);
    return own_free_blocks;
}

free_blocks::~free_blocks()
{
    for (auto& of_size : lists_) {
        while (auto* const first = of_size.first) {
            of_size.first = first->next;
            ::operator delete(first);
        }
    }
}

} // namespace settle::detail
