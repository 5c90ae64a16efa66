// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <string>

namespace echo {
namespace {

constexpr std::array widths{6, 11, 10, 10, 9, 10, 12, 12};

std::string percentile(std::vector<std::chrono::nanoseconds>& latencies, std::size_t percent)
{
    if (latencies.empty())
        return "-";
    const auto place = (latencies.size() - 1) * percent / 100;
    const auto nth = latencies.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(latencies.begin(), nth, latencies.end());
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f ms", static_cast<double>(nth->count()) / 1e6);
    return text.data();
}

void print_line(std::ostream& out, const std::string& name,
                const std::array<std::string, widths.size()>& cells)
{
    out << std::left << std::setw(26) << name << std::right;
    for (std::size_t i = 0; i < cells.size(); ++i)
        out << std::setw(widths[i]) << cells[i];
    out << '\n';
}

} // namespace

void print_table(std::ostream& out, std::span<const table_row> rows)
{
    print_line(
        out, "kind of peer",
        {"peers", "operations", "cleanups", "untouched", "replaced", "displaced", "p50", "p99"});
    for (const auto& row : rows) {
        auto latencies = row.latencies;
        const auto number = [](const counter& counted) { return std::to_string(counted.value()); };
        print_line(out, row.books->name,
                   {row.peers ? std::to_string(row.peers) : "-", number(row.books->ended),
                    number(row.books->cleaned), number(row.books->untouched),
                    number(row.books->replaced), number(row.books->displaced),
                    percentile(latencies, 50), percentile(latencies, 99)});
    }
}

} // namespace echo
