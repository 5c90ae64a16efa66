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
#include <string>
#include <vector>

namespace {

void initialize_library(bench::options& asked)
{
    if (!asked.filter.empty())
        asked.passed_on.push_back("--benchmark_filter=" + asked.filter);
    std::string program = "settle_bench";
    std::vector<char*> arguments{program.data()};
    for (auto& option : asked.passed_on)
        arguments.push_back(option.data());
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    if (count > 1) {
        asked.wanted = bench::options::work::refuse;
        asked.complaint = "unknown option '" + std::string(arguments[1]) + "'";
    }
}

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

int time_workloads(bench::options& asked)
{
    initialize_library(asked);
    if (asked.wanted == bench::options::work::refuse)
        return refuse(asked.complaint);

    const auto workloads = bench::workloads();
    bench::progress shown;
    const auto& spent = asked.quick ? bench::quick : bench::thorough;
    auto results = bench::measure(workloads, bench::footprints(), bench::growths(), spent, shown);
    if (results.empty())
        return fail("no workload matches");
    if (asked.with_instructions && !bench::add_instructions(results, workloads, shown))
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
    switch (asked.wanted) {
    case work::help:
        std::fputs(bench::usage(), stdout);
        return 0;
    case work::refuse:
        return refuse(asked.complaint);
    case work::check:
        return bench::check_limits(bench::workloads(), bench::footprints());
    case work::count_instructions:
        return bench::print_instructions(bench::workloads());
    case work::run_alone:
        return bench::run_alone(bench::workloads(), asked.workload, asked.side, asked.units);
    case work::time:
        break;
    }
    return time_workloads(asked);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        auto asked = bench::parse(argc, argv);
        return run(asked);
    } catch (const std::exception& failure) {
        return fail(failure.what());
    }
}
