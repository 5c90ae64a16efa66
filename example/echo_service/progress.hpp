// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <cstddef>

namespace echo {

/// A progress bar on the standard error, if that is a terminal.
class progress_bar {
public:
    explicit progress_bar(std::size_t total);
    ~progress_bar();
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    void step();

private:
    void draw() const;

    std::size_t total_;
    std::size_t done_ = 0;
    bool visible_;
    std::chrono::steady_clock::time_point drawn_;
};

} // namespace echo
