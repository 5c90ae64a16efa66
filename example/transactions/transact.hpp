// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "lease.hpp"

#include <settle/finally.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>

namespace bank {

/// Awaits `work(lease&)`, an awaitable<bool>: whether it was committed. On every path what was
/// begun is undone and the connection given back, in this order.
// [transact]
template <class Work>
boost::asio::awaitable<bool> transact(pool& connections, Work work)
{
    const auto held = std::make_shared<lease>(connections); // the cleanup keeps it
    const auto undo = [held] {
        const auto give_back = [held]() noexcept { held->give_back(); };
        return held->async_undo(settle::finally(give_back, boost::asio::deferred));
    };
    return work(*held) | settle::finally(undo);
}
// [transact]

} // namespace bank
