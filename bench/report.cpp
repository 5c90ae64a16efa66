// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "report.hpp"

#include "chart.hpp"
#include "report_style.hpp"

#include <algorithm>
#include <cstddef>

namespace bench {
namespace {

std::string cell(const std::string& text, const std::string& style = {})
{
    return "<td" + (style.empty() ? "" : " class=\"" + style + "\"") + ">" + escaped(text) +
           "</td>";
}

std::string card(const std::string& inside)
{
    return "<section class=\"card\">\n" + inside + "</section>\n";
}

std::string tile(const std::string& value, const std::string& caption, const char* style)
{
    return "<div class=\"tile\"><b class=\"" + std::string(style) + "\">" + value +
           "</b><span class=\"soft\">" + caption + "</span></div>\n";
}

std::string summary(const std::vector<row>& rows)
{
    const auto with = [&](const char* verdict) {
        return std::to_string(std::count_if(rows.begin(), rows.end(),
                                            [&](const row& r) { return r.verdict == verdict; }));
    };
    return "<div class=\"tiles\">\n" + tile(with("met"), "goals met", "met") +
           tile(with("missed"), "goals missed", "missed") +
           tile(std::to_string(rows.size()), "comparisons and counts", "") + "</div>\n";
}

std::string legend()
{
    const auto sample = [](const char* shape, const char* words) {
        return std::string("<span><svg viewBox=\"0 0 14 14\">") + shape + "</svg>" + words +
               "</span>\n";
    };
    return "<p class=\"legend\">\n" +
           sample("<rect class=\"bar settle\" y=\"2\" width=\"14\" height=\"10\" rx=\"2\"/>",
                  "settle, median") +
           sample("<rect class=\"bar\" y=\"2\" width=\"14\" height=\"10\" rx=\"2\"/>",
                  "its floor and its peers") +
           sample("<path class=\"whisker\" d=\"M1 7H13M1 4V10M13 4V10\"/>",
                  "from the first to the third quartile") +
           sample("<path class=\"goal met\" d=\"M7 2l5 5l-5 5l-5 -5z\"/>",
                  "goal: settle ends before it") +
           sample("<path class=\"goal missed\" d=\"M7 2l5 5l-5 5l-5 -5z\"/>",
                  "goal: settle should end before it, and does not") +
           "</p>\n";
}

std::string times(const workload_result& w)
{
    const auto& settle = w.sides.front();
    std::vector<bar> bars{
        {settle.name, readable(settle.nanoseconds.median) + " ns", settle.nanoseconds, true}};
    for (std::size_t i = 0; i < w.comparisons.size(); ++i) {
        const auto& c = w.comparisons[i];
        const auto& s = w.sides[i + 1];
        bar made{s.name, readable(s.nanoseconds.median) + " ns; settle " + fixed(c.ratio, 2) + "x",
                 s.nanoseconds};
        if (c.goal) {
            made.goal = *c.goal * s.nanoseconds.median;
            made.goal_met = within_goal(c.ratio, *c.goal);
            made.note += ", goal " + fixed(*c.goal, 2) + "x";
        }
        bars.push_back(std::move(made));
    }
    return bar_chart(w.name, "ns per " + w.unit, bars);
}

// What it takes, and what it was to take.
std::string sizes(const workload_result& w)
{
    const auto& bytes = w.quantities.front();
    bar made{"settle",
             readable(bytes.value) + " bytes, " + readable(w.quantities[1].value) + " blocks",
             {bytes.value, bytes.value, bytes.value},
             true,
             bytes.goal};
    if (bytes.goal) {
        made.goal_met = within_goal(bytes.value, *bytes.goal);
        made.note += ", goal " + readable(*bytes.goal);
    }
    return bar_chart(w.name, "bytes", {made});
}

std::string chart_of(const workload_result& w)
{
    const auto title = "<h3>" + escaped(w.label + " " + w.name) + "</h3>\n";
    if (!w.curve.empty())
        return card(title +
                    "<p class=\"soft\">What one costs, as a multiple of what one of ten costs, "
                    "over how many there are.</p>\n" +
                    growth_chart(w));
    return card(title + (w.sides.empty() ? sizes(w) : times(w)));
}

std::string table_of_rows(const std::vector<row>& rows)
{
    std::string text = "<table id=\"goals\"><thead><tr><th></th><th>workload</th>"
                       "<th>settle against</th><th class=\"number\">measured</th>"
                       "<th class=\"number\">quartiles</th><th class=\"number\">goal</th><th></th>"
                       "</tr></thead>\n<tbody>\n";
    for (const auto& r : rows)
        text += "<tr data-row>" + cell(r.label) + cell(r.workload) + cell(r.against) +
                cell(r.measured, "number") + cell(r.spread, "number") + cell(r.goal, "number") +
                cell(r.verdict, r.verdict) + "</tr>\n";
    return text + "</tbody></table>\n";
}

std::string table_of_sides(const std::vector<workload_result>& results)
{
    std::string text = "<table id=\"sides\"><thead><tr><th></th><th>workload</th><th>side</th>"
                       "<th class=\"number\">ns</th><th class=\"number\">quartiles</th>"
                       "<th class=\"number\">allocations</th>"
                       "<th class=\"number\">instructions</th></tr></thead>\n<tbody>\n";
    for (const auto& w : results)
        for (const auto& s : w.sides)
            text += "<tr data-side>" + cell(w.label) + cell(w.name + ", per " + w.unit) +
                    cell(s.name) + cell(readable(s.nanoseconds.median), "number") +
                    cell(readable(s.nanoseconds.low) + " to " + readable(s.nanoseconds.high),
                         "number") +
                    cell(s.allocations ? fixed(*s.allocations, 2) : "", "number") +
                    cell(s.instructions ? fixed(*s.instructions, 0) : "", "number") + "</tr>\n";
    return text + "</tbody></table>\n";
}

std::string machine_card(const std::vector<std::pair<std::string, std::string>>& machine)
{
    std::string list = "<dl>\n";
    for (const auto& [name, value] : machine)
        list += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
    return card(list + "</dl>\n");
}

std::string method(int rounds)
{
    return card(
        "<p>All sides of a workload run in one process and take turns, in an order that changes "
        "with each of the " +
        std::to_string(rounds) +
        " rounds: whatever else the machine does meets all of them. In each turn a side does as "
        "many units as take a fraction of a millisecond or so; it has been warmed up, and keeps "
        "its loop. Node is one process that is asked for a batch in its turn and times it "
        "itself.</p>\n"
        "<p>A <b>ratio</b> is the median of settle's turns divided by the median of the other's; "
        "the <b>quartiles</b> beside it are those of the ratio in each round. Ratios can be "
        "compared between machines, times cannot.</p>\n"
        "<p><b>Allocations</b> are all calls of malloc and its relatives, operator new included. "
        "<b>Instructions</b> are counted by valgrind's callgrind, as the difference between a run "
        "of so many units and one of twice as many. <b>Bytes</b> are what ten thousand pending "
        "promises have asked the heap for. In <b>growth</b>, the cost of one among a million is "
        "divided by that of one among ten, and so is that of walking a list of nodes as "
        "large.</p>\n");
}

} // namespace

std::string as_page(const std::vector<workload_result>& results,
                    const std::vector<std::pair<std::string, std::string>>& machine, int rounds)
{
    const auto rows = rows_of(results);
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<title>settle: benchmark</title>\n<style>";
    page += report_style;
    page += "</style>\n</head>\n<body>\n<main>\n<header><div><h1>settle: benchmark</h1>\n"
            "<p class=\"soft\">What a promise and a <code>finally</code> cost, against what one "
            "would write by hand and what one would use instead.</p></div>\n"
            "<button id=\"theme\" type=\"button\">Dark</button></header>\n";
    page += summary(rows);
    page += "<h2>Goals</h2>\n" + card(goal_chart(rows));
    page += "<h2>Workloads</h2>\n" + legend();
    for (const auto& w : results)
        page += chart_of(w);
    page += "<h2>All comparisons</h2>\n" + card(table_of_rows(rows));
    page += "<h2>All sides</h2>\n" + card(table_of_sides(results));
    page += "<h2>Machine and versions</h2>\n" + machine_card(machine);
    page += "<h2>Method</h2>\n" + method(rounds);
    page += "</main>\n<script>";
    page += report_script;
    return page + "</script>\n</body>\n</html>\n";
}

} // namespace bench
