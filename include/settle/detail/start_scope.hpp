// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <utility>

namespace settle::detail {

/// Tells a handler that is destroyed without having been called whether the initiation it was
/// given to is still on this thread's stack: then the initiation is failing, and whoever started
/// it decides what follows; otherwise the operation has been dropped for good.
///
/// A handler knows its scope by two addresses, the scope's and that of the object behind the
/// handler. Neither would do alone: that object may be gone, and its address in use again, while
/// its scope is still open; and the scope may be gone, and another open in its place. Both at once
/// cannot be: as long as the handler is to be called, its object exists, and starts nothing else.
class SETTLE_DECL start_scope {
public:
    explicit start_scope(const void* starting) noexcept
        : starting_(starting)
        , outer_(std::exchange(innermost, this))
    {
    }

    start_scope(const start_scope&) = delete;
    start_scope& operator=(const start_scope&) = delete;

    ~start_scope() { innermost = outer_; }

    /// The handler has been destroyed unrun within the scope.
    [[nodiscard]] bool dropped() const noexcept { return starting_ == nullptr; }

    /// Called by a handler that is destroyed unrun, with the scope it was started in, which may be
    /// gone. True when that is open on this thread.
    static bool notify_dropped(const start_scope* its_own, const void* starting) noexcept
    {
        for (auto* scope = innermost; scope; scope = scope->outer_) {
            if (scope == its_own && scope->starting_ == starting) {
                scope->starting_ = nullptr;
                return true;
            }
        }
        return false;
    }

private:
    static inline constinit thread_local start_scope* innermost = nullptr;

    const void* starting_; // null once dropped
    start_scope* outer_;
};

} // namespace settle::detail
