// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "server.hpp"

#include <settle/async_drain.hpp>
#include <settle/finally.hpp> // set_report_handler for one context

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace proxy {

namespace asio = boost::asio;

namespace {

void must_not_fail(const std::exception_ptr& why)
{
    if (why)
        std::rethrow_exception(why);
}

} // namespace

server::server(asio::io_context& context, const tcp::endpoint& at, const tcp::endpoint& upstream,
               const limits& allowed)
    : context_(context)
    , acceptor_(context, at)
    , common_{allowed, {}, pool(context.get_executor(), upstream, allowed, common_.account)}
    , all_gone_(context)
{
    acceptor_.listen();
    settle::set_report_handler(context,
                               [this](const settle::report&) { ++common_.account.reports; });
}

server::~server()
{
    settle::set_report_handler(context_, {});
}

void server::start()
{
    asio::co_spawn(context_, accept(), must_not_fail);
}

asio::awaitable<void> server::accept()
{
    for (;;) {
        auto [ec, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
        if (!acceptor_.is_open()) // the service is stopping
            co_return;
        if (!ec) {
            admit(std::move(socket));
            continue;
        }
        // Too many open files, perhaps: some will be closed.
        asio::steady_timer pause(context_, milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void server::admit(tcp::socket socket)
{
    const auto guest = std::make_shared<session>(std::move(socket), common_);
    sessions_.insert(guest.get());
    // What ended it is in the books.
    auto ended = [this, guest](const std::exception_ptr&) {
        sessions_.erase(guest.get());
        if (sessions_.empty())
            all_gone_.cancel();
    };
    asio::co_spawn(context_, guest->run(),
                   asio::bind_cancellation_slot(guest->slot(), std::move(ended)));
}

void server::stop()
{
    asio::co_spawn(context_, shut_down(), must_not_fail);
}

asio::awaitable<void> server::shut_down()
{
    const auto dismiss = [this](bool all) {
        for (auto* const guest : std::vector<session*>(sessions_.begin(), sessions_.end())) {
            if (all || guest->idle())
                guest->dismiss();
        }
    };
    acceptor_.close();
    common_.stopping = true; // answers end their connections from now on
    dismiss(false);
    co_await await_end_of_sessions(common_.allowed.grace);
    dismiss(true);
    // Leases come back, and goodbyes are said; what takes longer is cancelled.
    co_await settle::async_drain(context_, 2 * common_.allowed.farewell, asio::use_awaitable);
    co_await await_end_of_sessions(common_.allowed.farewell);
    common_.upstream.close();
    if (!sessions_.empty())
        context_.stop();
}

asio::awaitable<void> server::await_end_of_sessions(milliseconds patience)
{
    if (sessions_.empty())
        co_return;
    all_gone_.expires_after(patience);
    co_await all_gone_.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace proxy
