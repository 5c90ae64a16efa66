// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <vector>

namespace echo {

/// A row of the table: an account, how many peers it is about, and how long their echoes took.
struct table_row {
    explicit table_row(const account& group)
        : books(&group)
    {
    }

    const account* books;
    std::size_t peers = 0;
    std::vector<std::chrono::nanoseconds> latencies;
};

void print_table(std::ostream& out, std::span<const table_row> rows);

} // namespace echo
