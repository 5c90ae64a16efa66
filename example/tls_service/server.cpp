// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "server.hpp"

#include "identity.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <vector>

namespace tls {

namespace asio = boost::asio;

server::server(asio::io_context& context, const tcp::endpoint& at, const patience& limits)
    : context_(context)
    , acceptor_(context, at)
    , identity_(make_server_identity())
    , limits_(limits)
{
    acceptor_.listen();
}

void server::start()
{
    asio::co_spawn(context_, accept(), asio::detached);
}

asio::awaitable<void> server::accept()
{
    try {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            if (!acceptor_.is_open()) // the service is stopping
                co_return;
            const auto guest =
                std::make_shared<session>(std::move(socket), identity_, limits_, books_);
            sessions_.insert(guest.get());
            // What ended it is in the books.
            auto ended = [this, guest](const std::exception_ptr&) { sessions_.erase(guest.get()); };
            asio::co_spawn(context_, guest->run(),
                           asio::bind_cancellation_slot(guest->slot(), std::move(ended)));
        }
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) // likewise
            throw;
    }
}

asio::awaitable<settle::drain_result> server::stop(milliseconds grace)
{
    // [drain]
    acceptor_.close();
    for (auto* const guest : std::vector<session*>(sessions_.begin(), sessions_.end()))
        guest->dismiss();
    co_return co_await settle::async_drain(context_, grace, asio::use_awaitable);
    // [drain]
}

} // namespace tls
