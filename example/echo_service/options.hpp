// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "duration.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace echo {

/// What the command line asks for.
struct options {
    bool help = false;
    bool self_drive = false;
    std::uint16_t port = 7007;
    unsigned threads = 1;
    std::optional<milliseconds> idle; // each mode has a default of its own
    milliseconds grace = std::chrono::seconds(5);
    unsigned connections = 2000;
    std::uint64_t seed = 1;
};

/// A command line that makes no sense; what() is for the user.
struct bad_option : std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[nodiscard]] options parse_options(int argc, const char* const* argv);
[[nodiscard]] std::string_view usage() noexcept;

} // namespace echo
