// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/start_operation.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/wait_traits.hpp>

#include <chrono>
#include <memory>
#include <source_location>
#include <utility>

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

/// A timer's wait, which owns the timer.
template <class Executor>
promise<void, Executor> start_timer(const loop<Executor>& home,
                                    std::chrono::steady_clock::duration after,
                                    const std::source_location& where)
{
    using clock = std::chrono::steady_clock;
    using timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor>;
    auto owned = std::make_unique<timer>(home.executor(), after);
    auto& waiting = *owned;
    return start_operation<void, void(error_code)>(home, where, [&](auto&& completion) {
        waiting.async_wait(asio::consign(std::move(completion), std::move(owned)));
    });
}

} // namespace settle::detail
