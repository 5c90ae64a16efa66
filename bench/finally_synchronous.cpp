// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "handler_memory.hpp"
#include "workloads.hpp"

#include <settle/finally.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <exception>
#include <utility>

// Synchronous cleanups. On both sides a gauge goes down, then the next hop starts. No start() is
// inlined into its handler, or the inliner's choice on either side would be counted too.
namespace bench {
namespace {

namespace asio = boost::asio;

std::int64_t in_flight = 0;

template <class Memory>
struct post_by_hand : Memory {
    loop* on;
    std::int64_t left;

    void operator()() const
    {
        --in_flight;
        if (left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(on.context.get_executor(), post_by_hand{{}, &on, hops - 1});
    }
};

template <class Memory>
struct post_with_finally : Memory {
    loop* on;
    std::int64_t left;

    void operator()() const
    {
        if (left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(
            on.context.get_executor(),
            settle::finally([]() noexcept { --in_flight; }, post_with_finally{{}, &on, hops - 1}));
    }
};

// A cleanup that the compiler cannot know not to throw: what it throws is the outcome.
[[gnu::noinline]] void may_throw()
{
    --in_flight;
    if (in_flight < 0)
        throw std::exception();
}

template <class Memory>
struct fallible_post_by_hand : Memory {
    loop* on;
    std::int64_t left;

    void operator()() const
    {
        std::exception_ptr thrown;
        try {
            may_throw();
        } catch (...) {
            thrown = std::current_exception();
        }
        next(std::move(thrown));
    }

    void next(std::exception_ptr failure) const
    {
        if (!failure && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(on.context.get_executor(), fallible_post_by_hand{{}, &on, hops - 1});
    }
};

template <class Memory>
struct fallible_post_with_finally : Memory {
    loop* on;
    std::int64_t left;

    void operator()(std::exception_ptr failure) const
    {
        if (!failure && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        asio::post(
            on.context.get_executor(),
            settle::finally([] { may_throw(); }, fallible_post_with_finally{{}, &on, hops - 1}));
    }
};

// The timer has always expired.
asio::steady_timer& timer_of(loop& on)
{
    if (!on.timer)
        on.timer.emplace(on.context, asio::steady_timer::time_point::min());
    return *on.timer;
}

template <class Memory>
struct wait_by_hand : Memory {
    loop* on;
    std::int64_t left;

    void operator()(boost::system::error_code error) const
    {
        --in_flight;
        if (!error && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        timer_of(on).async_wait(wait_by_hand{{}, &on, hops - 1});
    }
};

template <class Memory>
struct wait_with_finally : Memory {
    loop* on;
    std::int64_t left;

    void operator()(boost::system::error_code error) const
    {
        if (!error && left > 0)
            start(*on, left);
    }

    [[gnu::noinline]] static void start(loop& on, std::int64_t hops)
    {
        ++in_flight;
        timer_of(on).async_wait(
            settle::finally([]() noexcept { --in_flight; }, wait_with_finally{{}, &on, hops - 1}));
    }
};

} // namespace

std::vector<workload> finally_synchronous()
{
    return {
        {.label = "W3t",
         .name = "post, synchronous cleanup",
         .unit = "hop",
         .settle = make_side<post_with_finally>("settle"),
         .rivals = {{make_side<post_by_hand>("by hand"), 1.05}},
         .allowed = {.instructions = 25, .allocations = 0},
         .wanted = {.more_allocations = 0, .more_instructions = 25}},
        {.label = "W3t",
         .name = "post, cleanup that may throw",
         .unit = "hop",
         .settle = make_side<fallible_post_with_finally>("settle"),
         .rivals = {{make_side<fallible_post_by_hand>("by hand"), 1.05}},
         .allowed = {.instructions = 25, .allocations = 0},
         .wanted = {.more_allocations = 0, .more_instructions = 25}},
        {.label = "W3t",
         .name = "timer wait, synchronous cleanup",
         .unit = "wait",
         .settle = make_side<wait_with_finally>("settle"),
         .rivals = {{make_side<wait_by_hand>("by hand"), 1.05}},
         .allowed = {.instruction_percent = 5, .allocations = 0},
         .wanted = {.more_allocations = 0}},
    };
}

} // namespace bench
