// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/compose.hpp>

#include <utility>

namespace bank {

/// A connection of the pool, once it is opened. To be opened inside the operation that has the
/// cleanup: what a coroutine acquires before it is lost when a cancellation comes in between, since
/// that makes the next co_await throw.
class lease {
public:
    explicit lease(pool& connections) noexcept
        : pool_(connections)
    {
    }

    /// Waits for a connection, and connects it where it is not.
    boost::asio::awaitable<connection*> open()
    {
        leased_ = co_await pool_.lease();
        co_await leased_->open();
        co_return leased_;
    }

    /// An Asio operation that gives up what was begun and not executed. It never fails: where that
    /// cannot be done any more the connection is closed, and the server forgets the rest itself.
    template <class Token>
    auto async_undo(Token&& token)
    {
        return boost::asio::async_compose<Token, void()>(connection::undoing{leased_}, token,
                                                         pool_.get_executor());
    }

    void give_back() noexcept
    {
        if (leased_ != nullptr)
            pool_.give_back(*std::exchange(leased_, nullptr));
    }

private:
    pool& pool_;
    connection* leased_ = nullptr;
};

} // namespace bank
