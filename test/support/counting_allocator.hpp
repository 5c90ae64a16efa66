// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace support {

struct allocation_counts {
    int allocations = 0;
    int live = 0;
};

/// An allocator that keeps the books in what it refers to.
template <class T>
class counting_allocator {
public:
    using value_type = T;

    explicit counting_allocator(allocation_counts& counts) noexcept
        : counts_(&counts)
    {
    }

    template <class U>
    counting_allocator(const counting_allocator<U>& other) noexcept
        : counts_(&other.counts())
    {
    }

    [[nodiscard]] T* allocate(std::size_t n)
    {
        ++counts_->allocations;
        ++counts_->live;
        return std::allocator<T>().allocate(n);
    }

    void deallocate(T* p, std::size_t n) noexcept
    {
        --counts_->live;
        std::allocator<T>().deallocate(p, n);
    }

    [[nodiscard]] allocation_counts& counts() const noexcept { return *counts_; }

    template <class U>
    friend bool operator==(const counting_allocator& a, const counting_allocator<U>& b) noexcept
    {
        return &a.counts() == &b.counts();
    }

private:
    allocation_counts* counts_;
};

} // namespace support
