// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "results.hpp"

#include <optional>
#include <string>
#include <vector>

// Inline SVG. Colours are classes, which the page's style sheet gives a light and a dark value.
namespace bench {

/// Text that is safe between tags and in attributes.
[[nodiscard]] std::string escaped(const std::string& text);

/// One horizontal bar with whiskers.
struct bar {
    std::string name;
    std::string note; // beside the value
    quartiles length;
    bool is_settle = false;
    // Where settle's bar should end, for this one to have lost as it should.
    std::optional<double> goal = std::nullopt;
    bool goal_met = false;
};

/// Bars from zero, an axis below.
[[nodiscard]] std::string bar_chart(const std::string& title, const std::string& axis,
                                    const std::vector<bar>& bars);

/// How near each row that has a goal came to it: from the line in the middle to the left where it
/// is met, to the right where it is missed.
[[nodiscard]] std::string goal_chart(const std::vector<row>& rows);

/// How the cost of one grows with how many there are.
[[nodiscard]] std::string growth_chart(const workload_result& result);

} // namespace bench
