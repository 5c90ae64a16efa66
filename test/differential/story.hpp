// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <map>
#include <string>
#include <string_view>

namespace differential {

// What could be seen of a program, told as interpreter.mjs tells it: by node, so that the order in
// which different promises settle within a tick does not matter.
class story {
public:
    void next_tick() { ++tick_; }

    void pending(int node);
    void settled(int node, std::string_view how);
    void ran(int source, int node, std::string_view input);
    void decided(int node, bool did);
    void gathered(int node, std::string_view what);

    [[nodiscard]] std::string text() const;

private:
    struct chapter {
        std::string outcome;
        std::string runs;
        std::string decisions;
        std::string gathered;
    };

    int tick_ = 0;
    std::map<int, chapter> chapters_;
};

} // namespace differential
