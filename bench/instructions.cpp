// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "instructions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

namespace bench {
namespace {

// The difference between a run of so many units and one of twice as many is what the units cost:
// start-up, which both have, cancels out.
constexpr std::int64_t units_counted = 10'000;

std::string quoted(const std::string& text)
{
    std::string made = "'";
    for (const char c : text)
        made += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return made + "'";
}

std::int64_t in_granules(const workload& w, std::int64_t units)
{
    return (units + w.granule - 1) / w.granule * w.granule;
}

/// All instructions of a process that runs so many units of one side; zero when that failed.
std::int64_t count_process(const workload& w, const side& s, std::int64_t units)
{
    struct closer {
        void operator()(std::FILE* file) const { pclose(file); }
    };
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto command = "valgrind --tool=callgrind --callgrind-out-file=/dev/null " +
                         quoted(self) + " --run " + quoted(w.name) + " " + quoted(s.name) + " " +
                         std::to_string(units) + " 2>&1";
    const std::unique_ptr<std::FILE, closer> output(popen(command.c_str(), "r"));
    if (!output)
        return 0;
    std::int64_t collected = 0;
    std::array<char, 512> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), output.get())) {
        const std::string text(line.data());
        const std::string mark = "Collected : ";
        if (const auto at = text.find(mark); at != std::string::npos)
            collected = std::atoll(text.c_str() + at + mark.size());
    }
    return collected;
}

double count_unit(const workload& w, const side& s)
{
    const auto units = in_granules(w, units_counted);
    const auto once = count_process(w, s, units);
    const auto twice = count_process(w, s, 2 * units);
    if (once == 0 || twice == 0)
        return 0;
    return static_cast<double>(twice - once) / static_cast<double>(units);
}

bool valgrind_is_installed()
{
    static const bool installed = std::system("valgrind --version >/dev/null 2>&1") == 0;
    if (!installed)
        std::fputs("settle_bench: valgrind is not installed, so no instructions are counted\n",
                   stderr);
    return installed;
}

bool failed(const workload& w)
{
    std::fprintf(stderr, "settle_bench: valgrind could not run '%s'\n", w.name.c_str());
    return false;
}

} // namespace

std::optional<instruction_counts> count_instructions(const workload& w)
{
    if (!valgrind_is_installed())
        return std::nullopt;
    const instruction_counts counts{count_unit(w, w.rivals.front().against),
                                    count_unit(w, w.settle)};
    if (counts.floor > 0 && counts.settle > 0)
        return counts;
    failed(w);
    return std::nullopt;
}

int run_alone(const std::vector<workload>& workloads, const std::string& workload_name,
              const std::string& side_name, std::int64_t units)
{
    for (const auto& w : workloads) {
        if (w.name != workload_name)
            continue;
        std::vector<const side*> sides{&w.settle};
        for (const auto& r : w.rivals)
            sides.push_back(&r.against);
        for (const auto* s : sides) {
            if (s->name == side_name) {
                s->open()(in_granules(w, units));
                return 0;
            }
        }
    }
    std::fprintf(stderr, "settle_bench: there is no '%s' of '%s'\n", side_name.c_str(),
                 workload_name.c_str());
    return 2;
}

int print_instructions(const std::vector<workload>& workloads)
{
    bool header = true;
    for (const auto& w : workloads) {
        const auto counts = count_instructions(w);
        if (!counts)
            return 1;
        if (std::exchange(header, false))
            std::printf("%-46s %-18s %9s %9s %11s %7s\n", "instructions a unit", "floor", "floor",
                        "settle", "difference", "ratio");
        std::printf("%-46s %-18s %9.1f %9.1f %+11.1f %6.3fx\n", (w.label + " " + w.name).c_str(),
                    w.rivals.front().against.name.c_str(), counts->floor, counts->settle,
                    counts->more(), counts->settle / counts->floor);
        std::fflush(stdout);
    }
    return 0;
}

bool add_instructions(std::vector<workload_result>& results, const std::vector<workload>& workloads,
                      progress& shown)
{
    if (!valgrind_is_installed())
        return false;
    shown.expect(results.size());
    for (auto& result : results) {
        const auto from = std::find_if(workloads.begin(), workloads.end(), [&](const workload& w) {
            return w.label == result.label && w.name == result.name;
        });
        if (from == workloads.end())
            continue;
        shown.begin("instructions of " + result.name);
        for (std::size_t i = 0; i < result.sides.size(); ++i) {
            const auto& s = i == 0 ? from->settle : from->rivals[i - 1].against;
            if (!s.in_this_process)
                continue;
            const double count = count_unit(*from, s);
            if (count <= 0)
                return failed(*from);
            result.sides[i].instructions = count;
        }
        if (from->wanted.more_instructions)
            result.quantities.push_back(
                {"instructions more than " + result.sides[1].name, "",
                 *result.sides[0].instructions - *result.sides[1].instructions,
                 from->wanted.more_instructions});
    }
    shown.end();
    return true;
}

} // namespace bench
