// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/ready_queue.hpp>

namespace settle::detail {

continuation* ready_queue::take() noexcept
{
    const biased_lock::guard alone(lock_);
    auto* const next = first_;
    if (next)
        first_ = next->next;
    return next;
}

void ready_queue::abandon() noexcept
{
    // One at a time and unlocked: what is dropped may make others ready.
    while (auto* const next = take())
        drop_continuation(next);
}

void ready_queue::end() noexcept
{
    abandon();
    {
        const biased_lock::guard alone(lock_);
        ended_ = true;
        if (posted_)
            return;
    }
    delete this;
}

void ready_queue::drain_dropped() noexcept
{
    abandon();
    {
        const biased_lock::guard alone(lock_);
        posted_ = false;
        if (!ended_)
            return;
    }
    delete this;
}

} // namespace settle::detail
