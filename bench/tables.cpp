// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "tables.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace bench {
namespace {

std::string padded(const std::string& text, std::size_t width)
{
    return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string aligned_right(const std::string& text, std::size_t width)
{
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string heading(const row& r)
{
    return r.label + " " + r.workload;
}

} // namespace

std::string as_text(const std::vector<workload_result>& results)
{
    const auto rows = rows_of(results);
    std::size_t width = 0;
    for (const auto& r : rows)
        width = std::max({width, heading(r).size(), r.against.size() + 4});
    std::string text = padded("settle against", width) + "    ratio        quartiles     goal\n";
    std::string before;
    for (const auto& r : rows) {
        if (heading(r) != before) {
            before = heading(r);
            text += before + "\n";
        }
        text += padded("    " + r.against, width) + " " + aligned_right(r.measured, 8) + " " +
                aligned_right(r.spread, 16) + " " + aligned_right(r.goal, 8) + "  " + r.verdict;
        text.erase(text.find_last_not_of(' ') + 1);
        text += "\n";
    }
    const auto with = [&](const char* verdict) {
        return std::count_if(rows.begin(), rows.end(),
                             [&](const row& r) { return r.verdict == verdict; });
    };
    text += std::to_string(with("met")) + " goals met, " + std::to_string(with("missed")) +
            " missed; ratios of medians, with the quartiles of the ratios of all rounds\n";
    return text;
}

std::string as_markdown(const std::vector<workload_result>& results)
{
    std::string text = "| | workload | settle against | measured | quartiles | goal | |\n"
                       "|---|---|---|---:|---:|---:|---|\n";
    std::string before;
    for (const auto& r : rows_of(results)) {
        const bool first = heading(r) != before;
        before = heading(r);
        text += "| " + (first ? "**" + r.label + "** | " + r.workload : std::string(" | ")) +
                " | " + r.against + " | " + r.measured + " | " + r.spread + " | " + r.goal + " | " +
                r.verdict + " |\n";
    }
    text += "\n| | workload | side | allocations | instructions |\n|---|---|---|---:|---:|\n";
    for (const auto& w : results) {
        for (std::size_t i = 0; i < w.sides.size(); ++i) {
            const auto& s = w.sides[i];
            if (!s.allocations && !s.instructions)
                continue;
            text += "| " + (i == 0 ? "**" + w.label + "** | " + w.name : std::string(" | ")) +
                    " | " + s.name + " | " + (s.allocations ? fixed(*s.allocations, 2) : "") +
                    " | " + (s.instructions ? fixed(*s.instructions, 0) : "") + " |\n";
        }
    }
    return text;
}

namespace {

std::string json_string(const std::string& text)
{
    std::string made = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            made += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            made += ' ';
        else
            made += c;
    }
    return made + "\"";
}

std::string json_number(const std::optional<double>& value)
{
    return value ? fixed(*value, 4) : "null";
}

std::string json_quartiles(const quartiles& q)
{
    return "{\"low\": " + fixed(q.low, 4) + ", \"median\": " + fixed(q.median, 4) +
           ", \"high\": " + fixed(q.high, 4) + "}";
}

/// The elements of an array or the members of an object, each made by `one`.
template <class Range, class One>
std::string joined(const Range& range, One one)
{
    std::string made;
    for (const auto& element : range)
        made += (made.empty() ? "\n      " : ",\n      ") + one(element);
    return made;
}

std::string json_workload(const workload_result& w)
{
    std::string text = "{\n    \"label\": " + json_string(w.label) +
                       ",\n    \"name\": " + json_string(w.name) +
                       ",\n    \"unit\": " + json_string(w.unit);
    text += ",\n    \"sides\": [" + joined(w.sides, [](const measured_side& s) {
                return "{\"name\": " + json_string(s.name) +
                       ", \"nanoseconds\": " + json_quartiles(s.nanoseconds) +
                       ", \"allocations\": " + json_number(s.allocations) +
                       ", \"instructions\": " + json_number(s.instructions) + "}";
            });
    text += "],\n    \"comparisons\": [" + joined(w.comparisons, [](const comparison& c) {
                return "{\"against\": " + json_string(c.against) +
                       ", \"ratio\": " + fixed(c.ratio, 4) +
                       ", \"rounds\": " + json_quartiles(c.rounds) +
                       ", \"goal\": " + json_number(c.goal) + "}";
            });
    text += "],\n    \"counts\": [" + joined(w.quantities, [](const quantity& q) {
                return "{\"what\": " + json_string(q.what) + ", \"value\": " + fixed(q.value, 4) +
                       ", \"goal\": " + json_number(q.goal) + "}";
            });
    text += "],\n    \"curve\": [" + joined(w.curve, [](const curve_point& p) {
                return "{\"count\": " + std::to_string(p.count) +
                       ", \"settle\": " + fixed(p.settle, 4) + ", \"list\": " + fixed(p.list, 4) +
                       "}";
            });
    return text + "]\n  }";
}

} // namespace

std::string as_json(const std::vector<workload_result>& results,
                    const std::vector<std::pair<std::string, std::string>>& machine)
{
    std::string text = "{\n  \"machine\": {" + joined(machine, [](const auto& entry) {
                           return json_string(entry.first) + ": " + json_string(entry.second);
                       });
    text += "},\n  \"workloads\": [";
    for (std::size_t i = 0; i < results.size(); ++i)
        text += (i == 0 ? "" : ", ") + json_workload(results[i]);
    return text + "]\n}\n";
}

} // namespace bench
