// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>

namespace settle::detail {

/// In the clock's unit: rounded up, since a deadline must not be early, and no longer than the
/// clock can tell.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::steady_clock::duration
on_the_clock(const std::chrono::duration<Rep, Period>& after)
{
    using clock_duration = std::chrono::steady_clock::duration;
    using approximate = std::chrono::duration<double>;
    if (approximate(after) >= approximate(clock_duration::max()))
        return clock_duration::max();
    if (approximate(after) <= approximate::zero())
        return clock_duration::zero();
    return std::chrono::ceil<clock_duration>(after);
}

} // namespace settle::detail
