// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "instructions.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace bench {
namespace {

// The difference between a run of so many hops and one of twice as many is what the hops cost:
// start-up, which both have, cancels out.
constexpr std::int64_t hops_counted = 2000;

std::string quoted(const std::string& text)
{
    return "'" + text + "'";
}

/// All instructions of a process that runs so many hops of one side; zero when that failed.
std::int64_t count_process(const pair& p, const side& s, std::int64_t hops)
{
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto command = "valgrind --tool=callgrind --callgrind-out-file=/dev/null " +
                         quoted(self) + " --run " + quoted(p.workload) + " " + quoted(s.name) +
                         " " + std::to_string(hops) + " 2>&1";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(popen(command.c_str(), "r"),
                                                                 &pclose);
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

double count_hop(const pair& p, const side& s)
{
    const auto once = count_process(p, s, hops_counted);
    const auto twice = count_process(p, s, 2 * hops_counted);
    if (once == 0 || twice == 0)
        return 0;
    return static_cast<double>(twice - once) / static_cast<double>(hops_counted);
}

bool valgrind_is_installed()
{
    return std::system("valgrind --version >/dev/null 2>&1") == 0;
}

} // namespace

std::optional<instruction_counts> count_instructions(const pair& p)
{
    static const bool installed = valgrind_is_installed();
    if (!installed) {
        std::fputs("settle_bench: valgrind is not installed, so no instructions are counted\n",
                   stderr);
        return std::nullopt;
    }
    const instruction_counts counts{count_hop(p, p.floor), count_hop(p, p.settle)};
    if (counts.floor > 0 && counts.settle > 0)
        return counts;
    std::fprintf(stderr, "settle_bench: valgrind could not run '%s'\n", p.workload.c_str());
    return std::nullopt;
}

int run_alone(const std::vector<pair>& pairs, const std::vector<char*>& arguments)
{
    if (arguments.size() != 5)
        return 2;
    for (const auto& p : pairs) {
        for (const auto* s : {&p.floor, &p.settle}) {
            if (p.workload == arguments[2] && s->name == arguments[3]) {
                loop on;
                run(on, s->start, std::atoll(arguments[4]));
                return 0;
            }
        }
    }
    return 2;
}

int print_instructions(const std::vector<pair>& pairs)
{
    bool header = true;
    for (const auto& p : pairs) {
        const auto counts = count_instructions(p);
        if (!counts)
            return 1;
        if (std::exchange(header, false))
            std::printf("%-34s %-12s %9s %9s %11s %7s\n", "instructions a hop", "floor", "floor",
                        "settle", "difference", "ratio");
        std::printf("%-34s %-12s %9.1f %9.1f %+11.1f %6.3fx\n", p.workload.c_str(),
                    p.floor.name.c_str(), counts->floor, counts->settle, counts->more(),
                    counts->settle / counts->floor);
    }
    return 0;
}

} // namespace bench
