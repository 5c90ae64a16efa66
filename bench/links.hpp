// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loop.hpp"

#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace bench {

namespace asio = boost::asio;

inline constexpr std::int64_t links_in_chain = 10;

/// How a chain begins.
enum class beginning { value, error_code, exception };

/// A chain of ten links that add one, built and then settled; what ends it begins the next.
template <beginning With>
struct ten_links {
    asio::any_io_executor executor;
    std::int64_t left;                   // chains
    const std::exception_ptr* made_once; // not copied with every handler

    int operator()(int) const { return next(); }
    int operator()(settle::error_code) const { return next(); }

    int next() const
    {
        if (left > 0)
            begin({executor, left - 1, made_once});
        return 0;
    }

    static settle::promise<int> build(settle::promise<int>&& first)
    {
        std::optional<settle::promise<int>> last(std::move(first));
        for (std::int64_t i = 0; i < links_in_chain; ++i)
            last.emplace(std::move(*last).then([](int value) { return value + 1; }));
        return std::move(*last);
    }

    static void begin(const ten_links& end)
    {
        auto made = settle::with_resolvers<int>(end.executor);
        auto last = build(std::move(made.promise));
        // The same work wherever a chain begins: an end that takes either.
        if constexpr (With == beginning::exception)
            std::move(last)
                .then([end](int) { end.next(); }, [end](std::exception_ptr) { end.next(); })
                .detach();
        else
            std::move(last)
                .then([end](int value) { return end(value); },
                      [end](settle::error_code code) { return end(code); })
                .detach();
        if constexpr (With == beginning::value)
            made.resolver.resolve(0);
        else if constexpr (With == beginning::error_code)
            made.resolver.reject(settle::errc::timed_out);
        else
            made.resolver.reject(*end.made_once);
    }

    static void start(loop& on, std::int64_t links)
    {
        static const auto once = With == beginning::exception
                                     ? std::make_exception_ptr(std::runtime_error("made once"))
                                     : nullptr;
        begin({on.context.get_executor(), links / links_in_chain - 1, &once});
    }
};

} // namespace bench
