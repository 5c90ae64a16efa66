// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "books.hpp"

#include <string_view>

namespace tls {

std::vector<std::string> books::discrepancies() const
{
    std::vector<std::string> found;
    const auto same = [&](std::int64_t a, std::string_view what, std::int64_t b,
                          std::string_view other) {
        if (a == b)
            return;
        std::string line = std::to_string(a);
        line.append(" ").append(what).append(", but ");
        line.append(std::to_string(b)).append(" ").append(other);
        found.push_back(std::move(line));
    };
    same(accepted, "sessions accepted", refused + talked, "refused or talked to");
    same(talked, "sessions talked", answered + failed + forced, "goodbyes ended");
    same(open, "sessions left open", 0, "wanted");
    return found;
}

} // namespace tls
