// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "machine.hpp"

#include "node.hpp"

#include <boost/version.hpp>

#include <ctime>
#include <fstream>
#include <sys/utsname.h>
#include <thread>

namespace bench {
namespace {

/// What follows the key in the first line that begins with it, without quotes.
std::string value_in(const char* file, const std::string& key)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key))
            continue;
        const auto from = line.find_first_not_of(" \t:=\"", key.size());
        const auto to = line.find_last_not_of(" \t\"");
        if (from != std::string::npos && from <= to)
            return line.substr(from, to - from + 1);
    }
    return "unknown";
}

std::string compiler()
{
#if defined(__clang__)
    return std::string("Clang ") + __clang_version__;
#else
    return std::string("GCC ") + __VERSION__;
#endif
}

std::string today()
{
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::string text(32, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc));
    return text;
}

std::string system_name()
{
    utsname name{};
    if (uname(&name) != 0)
        return value_in("/etc/os-release", "PRETTY_NAME");
    return value_in("/etc/os-release", "PRETTY_NAME") + ", " + name.sysname + " " + name.release;
}

} // namespace

std::vector<std::pair<std::string, std::string>> machine_and_versions()
{
    return {
        {"measured", today()},
        {"processor", value_in("/proc/cpuinfo", "model name")},
        {"cores", std::to_string(std::thread::hardware_concurrency())},
        {"system", system_name()},
        {"compiler", compiler() + ", " SETTLE_BENCH_BUILD},
        {"settle", SETTLE_BENCH_SETTLE_VERSION},
        {"Boost", std::to_string(BOOST_VERSION / 100'000) + "." +
                      std::to_string(BOOST_VERSION / 100 % 1'000)},
        {"Google Benchmark", SETTLE_BENCH_LIBRARY_VERSION},
        {"Boost.Cobalt", SETTLE_BENCH_COBALT},
        {"Node", node_version().empty() ? "not installed" : node_version()},
    };
}

} // namespace bench
