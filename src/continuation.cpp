// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/continuation.hpp>

namespace settle::detail {
namespace {

// A drop that is called while another is under way on this thread (from a destructor of something
// the other one drops) only adds to the other's list.
constinit thread_local continuation* to_drop = nullptr;
constinit thread_local bool dropping = false;

} // namespace

void drop_continuation(continuation* first) noexcept
{
    first->next = to_drop;
    to_drop = first;
    if (dropping)
        return;
    dropping = true;
    while (to_drop) {
        auto* const current = std::exchange(to_drop, to_drop->next);
        if (auto* waiting = current->drop()) {
            waiting->next = to_drop;
            to_drop = waiting;
        }
    }
    dropping = false;
}

} // namespace settle::detail
