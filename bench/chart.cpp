// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "chart.hpp"

#include "workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace bench {

std::string escaped(const std::string& text)
{
    std::string made;
    for (const char c : text) {
        switch (c) {
        case '&':
            made += "&amp;";
            break;
        case '<':
            made += "&lt;";
            break;
        case '>':
            made += "&gt;";
            break;
        case '"':
            made += "&quot;";
            break;
        default:
            made += c;
        }
    }
    return made;
}

namespace {

std::string number(double value)
{
    return fixed(value, 1);
}

std::string line(const char* style, double x1, double y1, double x2, double y2)
{
    return std::string("<line class=\"") + style + "\" x1=\"" + number(x1) + "\" y1=\"" +
           number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\"/>";
}

std::string rectangle(const std::string& style, double x, double y, double width, double height)
{
    return "<rect class=\"" + style + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
           "\" width=\"" + number(std::max(width, 1.0)) + "\" height=\"" + number(height) +
           "\" rx=\"2\"/>";
}

std::string text(const std::string& style, double x, double y, const std::string& words)
{
    return "<text class=\"" + style + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\">" +
           escaped(words) + "</text>";
}

std::string whisker(double low, double high, double y)
{
    return line("whisker", low, y, high, y) + line("whisker", low, y - 3, low, y + 3) +
           line("whisker", high, y - 3, high, y + 3);
}

std::string diamond(const char* style, double x, double y)
{
    constexpr double half = 5;
    return std::string("<path class=\"") + style + "\" d=\"M" + number(x) + " " + number(y - half) +
           " l" + number(half) + " " + number(half) + " l" + number(-half) + " " + number(half) +
           " l" + number(-half) + " " + number(-half) + " z\"/>";
}

std::string svg(const std::string& title, double width, double height, const std::string& inside)
{
    return "<svg role=\"img\" aria-label=\"" + escaped(title) + "\" viewBox=\"0 0 " +
           number(width) + " " + number(height) + "\">" + inside + "</svg>\n";
}

/// 1, 2 or 5 times a power of ten, so that there are about `wanted` steps.
double step_of(double most, double wanted)
{
    const double rough = most / wanted;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough)
            return factor * power;
    return 10 * power;
}

std::string thousands(std::int64_t count)
{
    const auto digits = std::to_string(count);
    std::string made;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0)
            made += ',';
        made += digits[i];
    }
    return made;
}

} // namespace

std::string bar_chart(const std::string& title, const std::string& axis,
                      const std::vector<bar>& bars)
{
    constexpr double width = 960;
    constexpr double left = 300;
    constexpr double right = 690;
    constexpr double row_height = 26;
    constexpr double top = 8;
    double most = 0;
    for (const auto& b : bars)
        most = std::max({most, b.length.high, b.length.median, b.goal.value_or(0)});
    if (most <= 0)
        most = 1;
    const double bottom = top + row_height * static_cast<double>(bars.size());
    const auto x = [&](double value) { return left + (right - left) * value / most; };

    std::string inside;
    const double step = step_of(most, 5);
    for (double tick = 0; tick <= most * 1.0001; tick += step) {
        inside += line("grid", x(tick), top, x(tick), bottom + 4);
        inside += text("axis middle", x(tick), bottom + 17, readable(tick));
    }
    inside += text("axis", right + 40, bottom + 17, axis);
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const auto& b = bars[i];
        const double y = top + row_height * static_cast<double>(i);
        const double middle = y + row_height / 2;
        inside += text(b.is_settle ? "name settle" : "name", left - 10, middle + 4, b.name);
        inside += rectangle(b.is_settle ? "bar settle" : "bar", left, y + 5,
                            x(b.length.median) - left, row_height - 10);
        if (b.length.high > b.length.low)
            inside += whisker(x(b.length.low), x(b.length.high), middle);
        if (b.goal)
            inside += diamond(b.goal_met ? "goal met" : "goal missed", x(*b.goal), middle);
        inside += text("value", right + 14, middle + 4, b.note);
    }
    if (bars.front().is_settle && bars.size() > 1)
        inside += line("reach", x(bars.front().length.median), top + row_height - 4,
                       x(bars.front().length.median), bottom);
    return svg(title, width, bottom + 24, inside);
}

std::string goal_chart(const std::vector<row>& rows)
{
    constexpr double width = 1000;
    constexpr double left = 430;
    constexpr double right = 850;
    constexpr double row_height = 30;
    constexpr double top = 22;
    constexpr double reach = 3.3; // powers of two to either side
    const double center = (left + right) / 2;
    const auto x = [&](double ratio) {
        return center + (right - left) / 2 * std::clamp(std::log2(ratio), -reach, reach) / reach;
    };

    std::vector<const row*> shown;
    for (const auto& r : rows)
        if (r.wanted && *r.wanted > 0 && r.value > 0)
            shown.push_back(&r);
    const double bottom = top + row_height * static_cast<double>(shown.size());

    std::string inside;
    for (const double factor : {0.125, 0.25, 0.5, 2.0, 4.0, 8.0}) {
        inside += line("grid", x(factor), top, x(factor), bottom);
        auto label = factor < 1 ? std::string("1/") : std::string();
        label += readable(std::max(factor, 1 / factor));
        inside += text("axis middle", x(factor), bottom + 15, label.append("x"));
    }
    inside += text("axis middle", center, bottom + 15, "goal");
    inside += text("axis end", center - 12, top - 8, "\u2190 within the goal");
    inside += text("axis", center + 12, top - 8, "beyond it \u2192");
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto& r = *shown[i];
        const double y = top + row_height * static_cast<double>(i);
        const double middle = y + row_height / 2;
        const double at = x(r.value / *r.wanted);
        const std::string verdict = r.verdict == "met" ? "bar met" : "bar missed";
        if (i % 2 == 1)
            inside += rectangle("stripe", 0, y, width, row_height);
        inside += text("label", 8, middle + 4, r.label);
        const bool is_ratio = r.rounds.median > 0;
        inside += text("workload", 76, middle - 2, r.workload);
        inside += text("against", 76, middle + 11, (is_ratio ? "against " : "") + r.against);
        inside +=
            rectangle(verdict, std::min(center, at), y + 8, std::abs(at - center), row_height - 16);
        if (r.rounds.high > r.rounds.low)
            inside += whisker(x(r.rounds.low / *r.wanted), x(r.rounds.high / *r.wanted), middle);
        inside += text("value", right + 14, middle + 4, r.measured);
        inside += text("against end", width - 6, middle + 4,
                       "\u2264 " + r.goal.substr(0, r.goal.find(' ')));
    }
    inside += line("zero", center, top - 4, center, bottom);
    return svg("measured against the goals", width, bottom + 22, inside);
}

std::string growth_chart(const workload_result& result)
{
    constexpr double width = 960;
    constexpr double left = 60;
    constexpr double right = 690;
    constexpr double top = 12;
    constexpr double bottom = 190;
    const auto& points = result.curve;
    const auto& first = points.front();

    struct curve {
        const char* style;
        const char* name;
        double (*height)(const curve_point& first, const curve_point& point);
    };
    const curve curves[] = {
        {"curve limit", "1.5 x the list's",
         [](const curve_point& f, const curve_point& p) { return growth_goal * p.list / f.list; }},
        {"curve list", "walking a list",
         [](const curve_point& f, const curve_point& p) { return p.list / f.list; }},
        {"curve settle", "settle",
         [](const curve_point& f, const curve_point& p) { return p.settle / f.settle; }},
    };
    double most = 0;
    for (const auto& c : curves)
        for (const auto& p : points)
            most = std::max(most, c.height(first, p));
    const double decades =
        std::log10(static_cast<double>(points.back().count) / static_cast<double>(first.count));
    const auto x = [&](std::int64_t count) {
        return left +
               (right - left) *
                   std::log10(static_cast<double>(count) / static_cast<double>(first.count)) /
                   decades;
    };
    const auto y = [&](double growth) { return bottom - (bottom - top) * growth / most; };

    std::string inside;
    const double step = step_of(most, 5);
    for (double tick = 0; tick <= most; tick += step) {
        inside += line("grid", left, y(tick), right, y(tick));
        inside += text("axis end", left - 8, y(tick) + 4, readable(tick) + "x");
    }
    for (const auto& p : points)
        inside += text("axis middle", x(p.count), bottom + 17, thousands(p.count));
    // Names keep apart, lowest curve first.
    double taken = bottom + 100;
    std::vector<curve> by_height(std::begin(curves), std::end(curves));
    std::sort(by_height.begin(), by_height.end(), [&](const curve& a, const curve& b) {
        return a.height(first, points.back()) < b.height(first, points.back());
    });
    for (const auto& c : by_height) {
        std::string path;
        for (const auto& p : points)
            path += (path.empty() ? "M" : " L") + number(x(p.count)) + " " +
                    number(y(c.height(first, p)));
        inside += std::string("<path class=\"") + c.style + "\" d=\"" + path + "\"/>";
        const double last = c.height(first, points.back());
        const double name_y = std::min(y(last) + 4, taken - 16);
        taken = name_y;
        inside +=
            text("value", right + 14, name_y, std::string(c.name) + ": " + fixed(last, 1) + "x");
    }
    return svg(result.name, width, bottom + 26, inside);
}

} // namespace bench
