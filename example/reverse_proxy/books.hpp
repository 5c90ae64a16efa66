// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace proxy {

/// How a request ended.
enum class outcome : std::size_t {
    answered,    // by the upstream, whatever its status
    busy,        // 503: no connection to the upstream came free in time
    failed,      // 502: the upstream failed before it answered
    late,        // 504: it took too long to begin
    cut_short,   // it failed in mid-answer
    client_gone, // the client failed, or took too long
    cancelled    // the service stopped
};

inline constexpr std::array<const char*, 7> outcome_names = {
    "answered", "busy", "failed", "late", "cut_short", "client_gone", "cancelled"};

/// What is going on, and what happened. Everything runs on one thread.
struct books {
    // Now:
    std::int64_t sessions = 0;
    std::int64_t requests = 0;
    std::int64_t leases = 0;
    std::int64_t idle = 0;
    std::int64_t waiting = 0;

    // Since the start:
    std::int64_t sessions_accepted = 0;
    std::int64_t requests_begun = 0;
    std::array<std::int64_t, outcome_names.size()> requests_ended{};
    std::int64_t leases_taken = 0;
    std::int64_t leases_returned = 0;
    std::int64_t connections_opened = 0;
    std::int64_t rests_read = 0; // of answers that nobody wanted any more
    std::int64_t reports = 0;    // that settle made

    /// In Prometheus' text format.
    [[nodiscard]] std::string metrics() const;

    /// What does not balance when the service has stopped.
    [[nodiscard]] std::vector<std::string> discrepancies() const;
};

} // namespace proxy
