// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tls {

/// What happened to the sessions. Everything runs on one thread.
struct books {
    std::int64_t accepted = 0;
    std::int64_t refused = 0; // whose handshake failed, or took too long
    std::int64_t talked = 0;
    std::int64_t answered = 0; // goodbyes that the peer answered
    std::int64_t failed = 0;   // that ended in an error
    std::int64_t forced = 0;   // that took too long
    std::int64_t open = 0;     // sessions that have not been destroyed

    /// What does not balance when the service has stopped.
    [[nodiscard]] std::vector<std::string> discrepancies() const;
};

} // namespace tls
