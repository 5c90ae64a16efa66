// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "check.hpp"
#include "instructions.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "tables.hpp"
#include "timing.hpp"
#include "workloads.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace {

int refuse(const std::string& why)
{
    std::fprintf(stderr, "settle_bench: %s\n\n%s", why.c_str(), bench::usage());
    return 2;
}

int fail(const std::string& why)
{
    std::fprintf(stderr, "settle_bench: %s\n", why.c_str());
    return 1;
}

/// Everything there is to measure that the filter lets pass.
struct selection {
    std::vector<bench::workload> workloads = bench::workloads();
    std::vector<bench::footprint> footprints = bench::footprints();
    std::vector<bench::growth> growths = bench::growths();

    explicit selection(const std::string& filter)
    {
        const std::regex wanted(filter);
        const auto keep = [&](auto& from, auto name) {
            std::erase_if(from,
                          [&](const auto& one) { return !std::regex_search(name(one), wanted); });
        };
        keep(workloads, [](const bench::workload& w) { return w.label + " " + w.name; });
        keep(footprints, [](const bench::footprint& f) { return "W7 " + f.what; });
        keep(growths, [](const bench::growth& g) { return "growth " + g.name; });
    }

    [[nodiscard]] bool empty() const
    {
        return workloads.empty() && footprints.empty() && growths.empty();
    }
};

/// Hands Google Benchmark its options. Returns the first that it does not know, or nothing.
std::string initialize_library(std::vector<std::string>& options)
{
    std::string program = "settle_bench";
    std::vector<char*> arguments{program.data()};
    for (auto& option : options)
        arguments.push_back(option.data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    return count > 1 ? arguments[1] : "";
}

int time_all(const bench::options& asked, const selection& chosen)
{
    bench::progress shown;
    const auto& spent = asked.quick ? bench::quick : bench::thorough;
    auto results =
        bench::measure(chosen.workloads, chosen.footprints, chosen.growths, spent, shown);
    if (results.empty())
        return fail("no workload matches");
    if (asked.with_instructions && !bench::add_instructions(results, chosen.workloads, shown))
        return 1;

    const auto machine = bench::machine_and_versions();
    if (!asked.report.empty()) {
        std::ofstream file(asked.report);
        file << bench::as_page(results, machine, spent.rounds);
        file.close();
        if (!file)
            return fail("cannot write '" + asked.report + "'");
    }
    std::string text;
    switch (asked.printed) {
    case bench::options::output::text:
        text = bench::as_text(results);
        break;
    case bench::options::output::markdown:
        text = bench::as_markdown(results);
        break;
    case bench::options::output::json:
        text = bench::as_json(results, machine);
        break;
    }
    std::fputs(text.c_str(), stdout);
    return 0;
}

int run(bench::options& asked)
{
    using work = bench::options::work;
    if (asked.wanted == work::help) {
        std::fputs(bench::usage(), stdout);
        return 0;
    }
    if (asked.wanted == work::refuse)
        return refuse(asked.complaint);
    if (asked.wanted == work::run_alone)
        return bench::run_alone(bench::workloads(), asked.workload, asked.side, asked.units);
    if (const auto unknown = initialize_library(asked.passed_on); !unknown.empty())
        return refuse("unknown option '" + unknown + "'");

    const selection chosen(asked.filter);
    if (chosen.empty())
        return fail("no workload matches");
    if (asked.wanted == work::check)
        return bench::check_limits(chosen.workloads, chosen.footprints);
    if (asked.wanted == work::count_instructions)
        return bench::print_instructions(chosen.workloads);
    return time_all(asked, chosen);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        auto asked = bench::parse(argc, argv);
        return run(asked);
    } catch (const std::regex_error& failure) {
        return refuse(std::string("--filter: ") + failure.what());
    } catch (const std::exception& failure) {
        return fail(failure.what());
    }
}
