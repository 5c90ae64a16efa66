// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "options.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace bench {

const char* usage()
{
    return R"(usage: settle_bench [option...]

Times settle against what it could be replaced by, and prints a table.

  --quick           less than a minute
  --filter REGEX    only the workloads whose label and name match
  --markdown        prints the table in Markdown
  --json            prints everything that was measured as JSON
  --report FILE     also writes one self-contained HTML page
  --instructions    counts instructions, by valgrind; with --markdown, --json or --report in
                    addition to the times, otherwise instead
  --check           times nothing; fails when what is counted passes its limit
  --help            prints this

Options that begin with --benchmark_ are Google Benchmark's.
)";
}

namespace {

class reader {
public:
    reader(int argc, char** argv)
        : rest_(argv + 1, argv + argc)
    {
    }

    options read()
    {
        while (!rest_.empty() && read_.wanted != options::work::refuse)
            read_option();
        const bool prints = read_.printed != options::output::text || !read_.report.empty();
        if (read_.wanted == options::work::time && read_.with_instructions && !prints)
            read_.wanted = options::work::count_instructions;
        return std::move(read_);
    }

private:
    void read_option()
    {
        const auto option = take();
        if (option == "--quick")
            read_.quick = true;
        else if (option == "--markdown")
            read_.printed = options::output::markdown;
        else if (option == "--json")
            read_.printed = options::output::json;
        else if (option == "--instructions")
            read_.with_instructions = true;
        else if (option == "--check")
            read_.wanted = options::work::check;
        else if (option == "--help")
            read_.wanted = options::work::help;
        else if (option == "--report")
            read_.report = value_of(option);
        else if (option == "--filter")
            read_.filter = value_of(option);
        else if (option == "--run")
            read_run(option);
        else if (option.starts_with("--benchmark_"))
            read_.passed_on.emplace_back(option);
        else
            refuse("unknown option '" + std::string(option) + "'");
    }

    // WORKLOAD SIDE UNITS: how the instructions of one side are counted.
    void read_run(std::string_view option)
    {
        read_.wanted = options::work::run_alone;
        read_.workload = value_of(option);
        read_.side = value_of(option);
        const auto units = value_of(option);
        const auto* const end = units.data() + units.size();
        if (std::from_chars(units.data(), end, read_.units).ptr != end || read_.units < 1)
            refuse("--run: '" + units + "' is no number of units");
    }

    std::string_view take()
    {
        const std::string_view first = rest_.front();
        rest_.erase(rest_.begin());
        return first;
    }

    std::string value_of(std::string_view option)
    {
        if (rest_.empty()) {
            refuse(std::string(option) + " needs a value");
            return {};
        }
        return std::string(take());
    }

    void refuse(std::string why)
    {
        read_.wanted = options::work::refuse;
        if (read_.complaint.empty())
            read_.complaint = std::move(why);
    }

    std::vector<std::string_view> rest_;
    options read_;
};

} // namespace

options parse(int argc, char** argv)
{
    return reader(argc, argv).read();
}

} // namespace bench
