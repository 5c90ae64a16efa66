// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "lease.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace bank {

/// What transact() does, in plain Asio.
// [transact_by_hand]
template <class Work>
boost::asio::awaitable<bool> transact_by_hand(pool& connections, Work work)
{
    namespace asio = boost::asio;

    lease held(connections);
    bool committed = false;
    std::exception_ptr failure;
    try {
        committed = co_await work(held);
    } catch (...) {
        failure = std::current_exception(); // in here nothing can be awaited
    }

    // Cancelled, the coroutine would throw at the next co_await, and a second signal would reach
    // what is awaited. (Resetting the cancellation state would forget that it was cancelled.)
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        auto shielded =
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
        co_await held.async_undo(std::move(shielded));
    } catch (...) {
        failure = std::current_exception();
    }
    held.give_back();
    co_await asio::this_coro::throw_if_cancelled(true);

    if (failure)
        std::rethrow_exception(failure);
    co_return committed;
}
// [transact_by_hand]

} // namespace bank
