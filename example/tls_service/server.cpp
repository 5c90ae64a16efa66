// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "server.hpp"

#include "identity.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace tls {

namespace asio = boost::asio;

server::server(asio::io_context& context, const tcp::endpoint& at, const patience& limits)
    : context_(context)
    , acceptor_(asio::make_strand(context), at)
    , identity_(make_server_identity())
    , limits_(limits)
{
    acceptor_.listen();
}

void server::start()
{
    asio::co_spawn(get_executor(), accept(), [](const std::exception_ptr& why) {
        if (why)
            std::rethrow_exception(why);
    });
}

void server::run(unsigned threads)
{
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i)
        others.emplace_back([this] { context_.run(); });
    context_.run();
}

asio::awaitable<void> server::accept()
{
    for (;;) {
        const asio::any_io_executor strand = asio::make_strand(context_);
        auto [ec, socket] =
            co_await acceptor_.async_accept(strand, asio::as_tuple(asio::use_awaitable));
        if (!acceptor_.is_open()) // the service is stopping
            co_return;
        if (!ec) {
            admit(std::move(socket));
            continue;
        }
        // Too many open files, perhaps: some will be closed.
        asio::steady_timer pause(get_executor(), milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void server::admit(tcp::socket socket)
{
    const auto guest = std::make_shared<session>(std::move(socket), identity_, limits_, books_);
    sessions_.insert(guest.get());
    // What ended it is in the books.
    auto ended = [this, guest](const std::exception_ptr&) { sessions_.erase(guest.get()); };
    asio::co_spawn(guest->get_executor(), guest->run(),
                   asio::bind_cancellation_slot(
                       guest->slot(), asio::bind_executor(get_executor(), std::move(ended))));
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
