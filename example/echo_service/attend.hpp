// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"
#include "counter.hpp"

#include <settle/finally.hpp>
#include <settle/reason.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

namespace echo {

/// Where operations are accounted for: their books, and the gauge of those in flight.
struct desk {
    desk(account& group, counter& gauge) noexcept
        : books(&group)
        , in_flight(&gauge)
    {
    }

    account* books;
    counter* in_flight;
};

/// Awaits a read or a write, with the gauge up while it is in flight, and with one more cleanup:
/// the one that `further` returns when it is called with the operation's entry.
template <class Operation, class Further>
boost::asio::awaitable<std::size_t>
attend(desk at, Operation operation, Further further,
       std::source_location where = std::source_location::current())
{
    entry booked(*at.books);
    at.in_flight->up();
    const auto leave = [&]() noexcept {
        at.in_flight->down();
        booked.cleaned();
    };
    // Two statements, since GCC 12 destroys temporaries of a co_await expression twice.
    auto attended = std::move(operation) | booked.witness() | settle::finally(leave) |
                    settle::finally(further(booked), where);
    try {
        const auto bytes = co_await std::move(attended)(boost::asio::use_awaitable);
        booked.delivered(boost::system::error_code(), bytes);
        co_return bytes;
    } catch (...) {
        booked.delivered(settle::reason(std::current_exception()));
        throw;
    }
}

/// The same without a further cleanup.
template <class Operation>
boost::asio::awaitable<std::size_t> attend(desk at, Operation operation)
{
    return attend(at, std::move(operation), [](entry&) { return nullptr; });
}

} // namespace echo
