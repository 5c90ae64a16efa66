// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace echo {

progress_bar::progress_bar(std::size_t total)
    : total_(total)
    , visible_(isatty(STDERR_FILENO) != 0)
{
}

progress_bar::~progress_bar()
{
    if (visible_)
        std::fputs("\r\033[K", stderr);
}

void progress_bar::step()
{
    ++done_;
    const auto now = std::chrono::steady_clock::now();
    if (!visible_ || now - drawn_ < std::chrono::milliseconds(40))
        return;
    drawn_ = now;
    draw();
}

void progress_bar::draw() const
{
    constexpr std::size_t width = 40;
    const auto filled = width * done_ / total_;
    const auto bar = std::string(filled, '#') + std::string(width - filled, '.');
    std::fprintf(stderr, "\r[%s] %zu of %zu peers", bar.c_str(), done_, total_);
}

} // namespace echo
