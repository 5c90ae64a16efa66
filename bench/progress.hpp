// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <string>

namespace bench {

/// One line on stderr, where that is a terminal, that says what is being measured.
class progress {
public:
    progress();

    void expect(std::size_t steps) { steps_ = steps; }
    void begin(const std::string& step);

    /// Takes the line away.
    void end();

private:
    bool on_terminal_;
    std::size_t steps_ = 0;
    std::size_t begun_ = 0;
};

} // namespace bench
