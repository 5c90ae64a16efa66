// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bank {

/// What Redis answers, in its protocol RESP2.
struct reply {
    enum class kind { text, error, nil, array };

    kind what = kind::nil;
    std::string text; // numbers too
    std::vector<reply> elements;

    /// The number that it says; nil is 0.
    [[nodiscard]] std::int64_t number() const;
};

/// The server said no, or what is not RESP2.
struct server_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The reply at `position`, which moves behind it; nothing while a part of it is missing.
[[nodiscard]] std::optional<reply> parse_reply(std::string_view bytes, std::size_t& position);

} // namespace bank
