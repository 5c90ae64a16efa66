// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "report_collector.hpp"
#include "surfaces.hpp"

#include <settle/decorators.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <source_location>
#include <string_view>
#include <utility>

namespace support {

using namespace std::chrono_literals;

inline constexpr auto never = std::chrono::hours(24 * 365);

/// An operation with a decorated cleanup, which waits for `tidying` where it is asynchronous.
struct decorated_fixture {
    std::unique_ptr<boost::asio::io_context> context = std::make_unique<boost::asio::io_context>();
    report_collector reports;
    plain_operation operation{context->get_executor()};
    plain_operation tidying{context->get_executor()};
    std::shared_ptr<int> alive = std::make_shared<int>();
    int cleanups = 0;
    int forces = 0;
    int fallbacks = 0;
    int completions = 0;
    long alive_at_the_end = 0;
    std::optional<settle::reason> end;
    std::source_location made; // where start() was called

    auto tidies()
    {
        return [this, token = alive] {
            ++cleanups;
            return tidying.async_run(boost::asio::deferred);
        };
    }

    auto throws()
    {
        return [this, token = alive] {
            ++cleanups;
            throw boost::system::system_error(boost::asio::error::broken_pipe);
        };
    }

    auto returns()
    {
        return [this, token = alive] { ++cleanups; };
    }

    auto force()
    {
        return [this, token = alive]() noexcept { ++forces; };
    }

    auto fallback()
    {
        return [this, token = alive]() noexcept { ++fallbacks; };
    }

    template <class Surface, class Cleanup>
    void start(Cleanup cleanup, std::source_location where = std::source_location::current())
    {
        made = where;
        Surface::start(
            *context, operation, std::move(cleanup),
            [this](const settle::reason* why) {
                ++completions;
                alive_at_the_end = alive.use_count();
                if (why)
                    end.emplace(*why);
            },
            where);
    }

    void poll()
    {
        context->restart();
        context->poll();
    }

    void complete_operation(settle::error_code ec = {})
    {
        operation.complete(ec);
        poll();
    }

    void complete_tidying(settle::error_code ec = {})
    {
        tidying.complete(ec);
        poll();
    }

    /// Lets a deadline that has passed already be noticed.
    template <class Until>
    void run_until(const Until& until)
    {
        context->restart();
        while (!until())
            BOOST_REQUIRE(context->run_one() == 1);
    }

    [[nodiscard]] bool ended_well() const { return completions == 1 && !end; }

    template <class Code>
    [[nodiscard]] bool ended_with(Code code) const
    {
        return completions == 1 && end && end->code() == code;
    }

    /// One report of this kind, about the place where it was attached, and with that reason.
    template <class Code>
    void check_report(settle::report_kind kind, Code code) const
    {
        const auto told = reports.all(kind);
        BOOST_REQUIRE(told.size() == 1u);
        BOOST_TEST((told[0].why.code() == code));
        BOOST_TEST(told[0].where.line() == made.line());
        BOOST_TEST(std::string_view(told[0].where.file_name()) == made.file_name());
    }

    /// All that the cleanup captured had gone when downstream was called (F14).
    void check_released() const { BOOST_TEST(alive_at_the_end == 1); }
};

} // namespace support
