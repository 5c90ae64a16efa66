// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "progress.hpp"

#include <cstdio>
#include <unistd.h>

namespace bench {

namespace {

constexpr const char* erase_line = "\r\033[K";

} // namespace

progress::progress()
    : on_terminal_(isatty(STDERR_FILENO) == 1)
{
}

void progress::begin(const std::string& step)
{
    ++begun_;
    if (!on_terminal_)
        return;
    std::fprintf(stderr, "%s[%zu/%zu] %.60s", erase_line, begun_, steps_, step.c_str());
    std::fflush(stderr);
}

void progress::end()
{
    if (on_terminal_)
        std::fputs(erase_line, stderr);
}

} // namespace bench
