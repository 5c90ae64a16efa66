// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace tls {

/// What happened to the sessions, on whichever thread.
struct books {
    std::atomic<std::int64_t> accepted = 0;
    std::atomic<std::int64_t> refused = 0; // whose handshake failed, or took too long
    std::atomic<std::int64_t> talked = 0;
    std::atomic<std::int64_t> answered = 0; // goodbyes that the peer answered
    std::atomic<std::int64_t> failed = 0;   // that ended in an error
    std::atomic<std::int64_t> forced = 0;   // that took too long
    std::atomic<std::int64_t> open = 0;     // sessions that have not been destroyed

    /// What does not balance when the service has stopped.
    [[nodiscard]] std::vector<std::string> discrepancies() const;
};

} // namespace tls
