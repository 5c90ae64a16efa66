// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace support {

/// What a promise ends with, by running the loop until it has nothing left to do.
template <class T, class Executor>
[[nodiscard]] settle::outcome<T> end_of(boost::asio::io_context& context,
                                        settle::promise<T, Executor> promise)
{
    std::optional<settle::outcome<T>> end;
    auto waiting = settle::as_outcome(std::move(promise));
    std::move(waiting)([&](settle::outcome<T> outcome) { end.emplace(std::move(outcome)); });
    context.restart();
    context.run();
    if (!end)
        throw std::logic_error("the loop ended before the promise did");
    return std::move(*end);
}

} // namespace support
