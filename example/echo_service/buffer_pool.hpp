// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace echo {

using buffer = std::vector<unsigned char>;

/// Buffers that keep their memory from one frame to the next, for all sessions together.
class buffer_pool {
public:
    [[nodiscard]] buffer take(std::size_t size)
    {
        buffer taken;
        {
            std::lock_guard lock(mutex_);
            if (idle_.empty()) {
                idle_.reserve(made_ + 1); // so that give_back never allocates
                ++made_;
            } else {
                taken = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        try {
            taken.resize(size);
        } catch (...) {
            give_back(std::move(taken));
            throw;
        }
        return taken;
    }

    void give_back(buffer&& returned) noexcept
    {
        std::lock_guard lock(mutex_);
        idle_.push_back(std::move(returned));
    }

    [[nodiscard]] std::size_t made() const
    {
        std::lock_guard lock(mutex_);
        return made_;
    }

    [[nodiscard]] std::size_t idle() const
    {
        std::lock_guard lock(mutex_);
        return idle_.size();
    }

private:
    mutable std::mutex mutex_;
    std::vector<buffer> idle_;
    std::size_t made_ = 0;
};

} // namespace echo
