// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// What the command line asks for.
struct options {
    enum class work { time, count_instructions, check, run_alone, help, refuse };
    enum class output { text, markdown, json };

    work wanted = work::time;
    output printed = output::text;
    bool quick = false;
    bool with_instructions = false;
    std::string report; // file of the page; empty for none
    std::string filter;
    // For run_alone.
    std::string workload;
    std::string side;
    std::int64_t units = 0;
    // For refuse.
    std::string complaint;
    // Google Benchmark's own.
    std::vector<std::string> passed_on;
};

[[nodiscard]] options parse(int argc, char** argv);

[[nodiscard]] const char* usage();

} // namespace bench
