// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "story.hpp"

namespace differential {

void story::pending(int node)
{
    chapters_[node].outcome = " pending";
}

void story::settled(int node, std::string_view how)
{
    auto& outcome = chapters_[node].outcome;
    // A second settlement must be seen.
    if (outcome == " pending")
        outcome.clear();
    outcome.append(" ").append(how).append(" @").append(std::to_string(tick_));
}

void story::ran(int source, int node, std::string_view input)
{
    chapters_[source]
        .runs.append(" p")
        .append(std::to_string(node))
        .append("(")
        .append(input)
        .append(")@")
        .append(std::to_string(tick_));
}

void story::decided(int node, bool did)
{
    chapters_[node].decisions.append(did ? " yes" : " no");
}

void story::gathered(int node, std::string_view what)
{
    chapters_[node].gathered.append(" ").append(what);
}

std::string story::text() const
{
    std::string lines;
    for (const auto& entry : chapters_) {
        const auto& told = entry.second;
        const auto add = [&](std::string_view word, const std::string& what) {
            if (what.empty())
                return;
            if (!lines.empty())
                lines.append("; ");
            lines.append("p").append(std::to_string(entry.first)).append(word).append(what);
        };
        add("", told.outcome);
        add(" runs", told.runs);
        add(" decided", told.decisions);
        add(" gathers", told.gathered);
    }
    return lines;
}

} // namespace differential
