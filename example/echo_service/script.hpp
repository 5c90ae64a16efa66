// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <array>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <vector>

namespace echo {

/// How a peer of the self-drive behaves, or how the cleanups of its session do.
enum class peer_kind {
    orderly,
    resets_in_mid_frame,
    half_closes,
    falls_silent,
    is_cancelled,
    goes_over_the_limit,
    cleanup_throws,
    cleanup_rejects,
    cleanup_takes_time,
};

struct kind_info {
    kind_info(peer_kind which, std::string_view title,
              std::source_location place = std::source_location::current())
        : kind(which)
        , name(title)
        , where(place)
    {
    }

    peer_kind kind;
    std::string_view name;
    std::source_location where; // what settle's reports about such a session name as their origin
};

inline constexpr std::size_t kind_count = 9;

/// All kinds, in the order of the enumerators.
[[nodiscard]] const std::array<kind_info, kind_count>& all_kinds();

/// What one peer is going to do; made from the seed before anything starts.
struct script {
    peer_kind kind = peer_kind::orderly;
    std::vector<std::uint32_t> frames; // lengths of the payloads
    std::uint64_t content = 0;         // what the payloads are made from

    // When the cleanup is one that fails: after which operation of the session, or, with
    // `after_failure`, after the one that fails because the peer has closed.
    unsigned failing_step = 0;
    bool after_failure = false;
};

[[nodiscard]] std::vector<script> make_scripts(unsigned connections, std::uint64_t seed);

} // namespace echo
