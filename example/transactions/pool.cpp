// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace bank {

namespace asio = boost::asio;
using boost::system::error_code;

pool::pool(const asio::any_io_executor& executor, const std::string& path, std::size_t size)
    : idle_(executor, size)
{
    for (std::size_t i = 0; i < size; ++i) {
        connections_.push_back(std::make_unique<connection>(executor, path));
        idle_.try_send(error_code(), connections_.back().get());
    }
}

asio::awaitable<connection*> pool::lease()
{
    // Not to be cancelled: in Boost 1.81 a channel whose last waiting receiver was cancelled
    // refuses what is sent. Who was cancelled gets a connection, and gives it back unused.
    auto uncancelled = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
    auto* const leased = co_await idle_.async_receive(std::move(uncancelled));
    ++given_;
    co_return leased;
}

void pool::give_back(connection& leased) noexcept
{
    returned_ += idle_.try_send(error_code(), &leased) ? 1 : 0;
}

} // namespace bank
