// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The matrix of rule F8, without the surface: that is what each of the finally_matrix_*.cpp adds.

#include "report_collector.hpp"
#include "settle_after.hpp"
#include "values.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace support::matrix {

namespace asio = boost::asio;

// The values.

using values = std::tuple<std::type_identity<void>, std::type_identity<counted>,
                          std::type_identity<std::unique_ptr<int>>,
                          std::type_identity<std::tuple<std::unique_ptr<int>, counted>>>;

inline std::tuple<> make_value(std::type_identity<void>)
{
    return {};
}

inline counted make_value(std::type_identity<counted>)
{
    return counted(7);
}

inline std::unique_ptr<int> make_value(std::type_identity<std::unique_ptr<int>>)
{
    return std::make_unique<int>(7);
}

inline auto make_value(std::type_identity<std::tuple<std::unique_ptr<int>, counted>>)
{
    return std::tuple(std::make_unique<int>(7), counted(7));
}

inline bool intact(const std::tuple<>&)
{
    return true;
}

inline bool intact(const counted& value)
{
    return value.id() == 7;
}

inline bool intact(const std::unique_ptr<int>& value)
{
    return value && *value == 7;
}

inline bool intact(const std::tuple<std::unique_ptr<int>, counted>& value)
{
    return intact(std::get<0>(value)) && intact(std::get<1>(value));
}

// What the cleanups do.

enum class acts { returns, throws, fulfils, rejects, rejects_later };

inline std::string to_string(acts act)
{
    return std::array{"returns", "throws", "async fulfilled", "async rejected",
                      "async rejected after a delay"}[static_cast<std::size_t>(act)];
}

/// What one cell of the matrix runs in, and what is seen there.
struct cell {
    asio::io_context context;
    report_collector reports;
    std::exception_ptr operation_failure = std::make_exception_ptr(operation_error());
    int cleanups = 0;
    int cleanups_ended = 0;
    int completions = 0;
    bool overlapped = false; // downstream ran before the cleanup had ended (F15)

    void completed()
    {
        ++completions;
        overlapped = overlapped || cleanups_ended != cleanups;
    }
};

inline int steps_of(acts act)
{
    return act == acts::rejects_later ? 5 : 1;
}

inline std::exception_ptr end_of(acts act)
{
    return act == acts::fulfils ? nullptr : std::make_exception_ptr(cleanup_error());
}

// The kinds of cleanup: what makes one, and what that one can do.

struct synchronous {
    static constexpr std::array can{acts::returns, acts::throws};

    static auto make(cell& c, acts act)
    {
        return [&c, act] {
            ++c.cleanups;
            ++c.cleanups_ended;
            if (act == acts::throws)
                throw cleanup_error();
            return 42;
        };
    }
};

struct asynchronous {
    static constexpr std::array can{acts::throws, acts::fulfils, acts::rejects,
                                    acts::rejects_later};
};

struct yields_operation : asynchronous {
    static auto make(cell& c, acts act)
    {
        return [&c, act] {
            ++c.cleanups;
            if (act == acts::throws) {
                ++c.cleanups_ended;
                throw cleanup_error();
            }
            return settle_after(
                c.context.get_executor(), steps_of(act), end_of(act),
                settle::finally([&c]() noexcept { ++c.cleanups_ended; }, asio::deferred));
        };
    }
};

struct yields_promise : asynchronous {
    static auto make(cell& c, acts act)
    {
        return [&c, act] {
            ++c.cleanups;
            if (act == acts::throws || act == acts::rejects)
                ++c.cleanups_ended;
            if (act == acts::throws)
                throw cleanup_error();
            if (act == acts::rejects)
                return settle::promise<void>(settle::rejected<void>(c.context, cleanup_error()));
            return settle_after(
                c.context.get_executor(), steps_of(act), end_of(act),
                settle::finally([&c]() noexcept { ++c.cleanups_ended; }, settle::use_promise));
        };
    }
};

struct yields_awaitable : asynchronous {
    static auto make(cell& c, acts act)
    {
        return [&c, act]() -> asio::awaitable<int> {
            ++c.cleanups;
            if (act == acts::rejects_later)
                co_await settle_after(c.context.get_executor(), steps_of(act), nullptr,
                                      asio::use_awaitable);
            ++c.cleanups_ended;
            if (act != acts::fulfils)
                throw cleanup_error();
            co_return 42;
        };
    }
};

/// What came out of a cell: at most one of value and why.
template <class Value>
struct seen {
    std::optional<Value> value;
    std::optional<settle::reason> why;
};

/// Runs every cell of one kind of cleanup and one type of value on a surface, which provides
///
///     template <class T, class Cleanup>
///     static auto run(cell&, bool fulfilled, Cleanup);   gives a seen<...> once the loop has ended
///     check(cell&, fulfilled, seen, cleanup_failed);     what is particular to it
template <class Surface, class T, class Kind>
void run()
{
    for (const bool fulfilled : {true, false}) {
        for (const acts act : Kind::can) {
            BOOST_TEST_CONTEXT((fulfilled ? "fulfilled, cleanup " : "rejected, cleanup ")
                               << to_string(act))
            {
                const bool cleanup_failed = act != acts::returns && act != acts::fulfils;
                counted::copies = 0;
                cell c;
                const auto result = Surface::template run<T>(c, fulfilled, Kind::make(c, act));
                BOOST_TEST(c.cleanups == 1);
                BOOST_TEST(c.cleanups_ended == 1);
                BOOST_TEST(c.completions == 1);
                BOOST_TEST(!c.overlapped);
                BOOST_TEST(counted::copies == 0);
                BOOST_TEST(result.why.has_value() == (!fulfilled || cleanup_failed));
                Surface::check(c, fulfilled, result, cleanup_failed);
            }
        }
    }
}

template <class Surface, class T>
void run_every_kind()
{
    run<Surface, T, synchronous>();
    run<Surface, T, yields_operation>();
    run<Surface, T, yields_promise>();
    run<Surface, T, yields_awaitable>();
}

} // namespace support::matrix
