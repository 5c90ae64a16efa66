// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "duration.hpp"
#include "script.hpp"
#include "session.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>

namespace echo {

/// What a cleanup that throws throws.
struct mishap : std::runtime_error {
    mishap()
        : std::runtime_error("a cleanup threw")
    {
    }
};

/// The terms of the session with a peer that follows `plan`; the script outlives it. `patience` is
/// the deadline for those who fall silent.
[[nodiscard]] session_terms terms_for(const script& plan, account& books, milliseconds patience);

/// Who is about to connect, by port. A peer announces itself before it connects, so the server
/// knows it when it accepts.
class guest_list {
public:
    void announce(const tcp::endpoint& peer, const script& plan)
    {
        std::lock_guard lock(mutex_);
        plans_[peer.port()] = &plan;
    }

    /// Null for a stranger.
    [[nodiscard]] const script* plan_of(const tcp::endpoint& peer) const
    {
        std::lock_guard lock(mutex_);
        const auto found = plans_.find(peer.port());
        return found == plans_.end() ? nullptr : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::uint16_t, const script*> plans_;
};

} // namespace echo
