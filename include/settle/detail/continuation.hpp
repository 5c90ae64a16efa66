// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <utility>

namespace settle::detail {

/// Something that waits for one promise: queued when the promise settles, then run once; or
/// dropped once, when the loop it should run on is no more. Whoever holds it in between owns it.
class continuation {
public:
    continuation() = default;
    continuation(const continuation&) = delete;
    continuation& operator=(const continuation&) = delete;

    /// Puts it into the queue of its executor. It may have run and be gone on return.
    virtual void make_ready() noexcept = 0;

    /// Runs it, and frees it unless it is also the state of a promise.
    virtual void run() = 0;

    /// Frees it unrun. What was waiting for it in turn is returned, to be dropped next.
    [[nodiscard]] virtual continuation* drop() noexcept = 0;

    /// Before it is made ready: what it waited for had been asked to cancel (by these types) and
    /// had nothing to pass the request on to.
    virtual void inherit_cancellation(unsigned) noexcept {}

    /// Of whoever owns it: what is to be dropped next, or what else waits for a shared promise.
    continuation* next = nullptr;

protected:
    ~continuation() = default;
};

/// Drops a continuation and all that wait for it, one after another: however long a chain is, and
/// however deeply the handlers own one another, the stack stays flat.
SETTLE_DECL void drop_continuation(continuation* first) noexcept;

} // namespace settle::detail
