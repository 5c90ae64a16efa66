// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "made_callable.hpp"
#include "manual_operation.hpp"
#include "report_collector.hpp"

#include <settle/error.hpp>
#include <settle/finally.hpp>
#include <settle/report.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

using lines = std::vector<std::uint_least32_t>;

/// The line after that of the call.
[[nodiscard]] inline auto
next_line(std::source_location here = std::source_location::current()) noexcept
{
    return here.line() + 1;
}

/// Whether these are reports of cleanups that were attached at these lines of the file, in whatever
/// order, and nothing else.
inline void check_abandoned(const std::vector<settle::report>& told, lines expected,
                            std::source_location here = std::source_location::current())
{
    BOOST_TEST(told.size() == expected.size());
    for (const auto& what : told) {
        BOOST_TEST((what.kind == settle::report_kind::abandoned_cleanup));
        BOOST_TEST((what.why.code() == settle::errc::broken_promise));
        BOOST_TEST(std::string_view(what.where.file_name()) == here.file_name());
        const auto found = std::find(expected.begin(), expected.end(), what.where.line());
        BOOST_CHECK_MESSAGE(found != expected.end(),
                            "line " << what.where.line() << " was not expected");
        if (found != expected.end())
            expected.erase(found);
    }
}

/// Operations whose cleanups do not run, and what is told of them. What the user's functions
/// capture is released in the end.
struct abandonment {
    std::unique_ptr<boost::asio::io_context> context = std::make_unique<boost::asio::io_context>();
    report_collector reports;
    std::shared_ptr<int> alive = std::make_shared<int>();
    int cleanups = 0;
    int completions = 0;
    const std::uint64_t abandoned_before = settle::stats().cleanups_abandoned;

    auto synchronous()
    {
        return made_callable([this, token = alive] { ++cleanups; });
    }

    auto infallible()
    {
        return made_callable([this, token = alive]() noexcept { ++cleanups; });
    }

    /// A cleanup that waits for the operation.
    template <class Operation>
    auto asynchronous(Operation& waits_for)
    {
        return made_callable([this, &waits_for, token = alive] {
            ++cleanups;
            return waits_for.async_run(boost::asio::deferred);
        });
    }

    /// An asynchronous cleanup of which only the start matters.
    auto asynchronous()
    {
        return made_callable([this, token = alive] {
            ++cleanups;
            return boost::asio::post(*context, boost::asio::deferred);
        });
    }

    auto handler()
    {
        return [this, token = alive](auto&&...) { ++completions; };
    }

    /// A timer that waits for ever, kept by whoever keeps what is returned.
    auto endless_timer()
    {
        return std::make_shared<boost::asio::steady_timer>(
            *context, boost::asio::steady_timer::time_point::max());
    }

    [[nodiscard]] auto newly_abandoned() const
    {
        return settle::stats().cleanups_abandoned - abandoned_before;
    }

    /// The cleanups of these lines were reported once each, and neither they nor their handlers
    /// were called; `started` cleanups were.
    void check(lines expected, int started = 0,
               std::source_location here = std::source_location::current())
    {
        BOOST_TEST(newly_abandoned() == expected.size());
        BOOST_TEST(reports.count() == expected.size());
        check_abandoned(reports.all(settle::report_kind::abandoned_cleanup), std::move(expected),
                        here);
        BOOST_TEST(cleanups == started);
        BOOST_TEST(completions == 0);
        BOOST_TEST(alive.use_count() == 1);
    }
};

} // namespace support
