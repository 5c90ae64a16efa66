// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <cstdint>
#include <utility>

namespace settle::detail {

/// Tells a handler that is destroyed without having been called whether the initiation it was
/// given to is still on this thread's stack: then the initiation is failing, and whoever started
/// it decides what follows; otherwise the operation has been dropped for good.
///
/// The identity is a number that no other scope of the process has, because the object behind a
/// handler may be gone, and its address in use again, while the scope is still open.
class SETTLE_DECL start_scope {
public:
    start_scope() noexcept
        : identity_(next_identity())
        , outer_(std::exchange(innermost, this))
    {
    }

    start_scope(const start_scope&) = delete;
    start_scope& operator=(const start_scope&) = delete;

    ~start_scope() { innermost = outer_; }

    [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }

    /// The handler has been destroyed unrun within the scope.
    [[nodiscard]] bool dropped() const noexcept { return dropped_; }

    /// Called by a handler that is destroyed unrun. True when its scope is open on this thread.
    static bool notify_dropped(std::uint64_t identity) noexcept
    {
        for (auto* scope = innermost; scope; scope = scope->outer_) {
            if (scope->identity_ == identity) {
                scope->dropped_ = true;
                return true;
            }
        }
        return false;
    }

private:
    static std::uint64_t next_identity() noexcept
    {
        // A thread takes its numbers from blocks of 2^20, so that only one start in a million
        // touches memory that threads share.
        if ((++last & (block - 1)) == 0)
            last = next_identity_block();
        return last;
    }

    static constexpr std::uint64_t block = std::uint64_t{1} << 20;

    // The first number of a block not handed out before.
    [[nodiscard]] static std::uint64_t next_identity_block() noexcept;

    static inline constinit thread_local std::uint64_t last = block - 1;
    static inline constinit thread_local start_scope* innermost = nullptr;

    std::uint64_t identity_;
    start_scope* outer_;
    bool dropped_ = false;
};

} // namespace settle::detail
