// expect: name the lambda and pass it as an lvalue, capture by reference, or write two statements
// rule: C4
// only: GNU before 13
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;

asio::awaitable<void> waits(asio::steady_timer& timer, std::shared_ptr<int> counted)
{
#ifdef SETTLE_CONTROL
    auto cleanup = [counted] { ++*counted; };
    co_await timer.async_wait(settle::finally(cleanup, asio::as_tuple(asio::use_awaitable)));
    co_await timer.async_wait(settle::finally([&] { ++*counted; }, asio::use_awaitable));
    auto operation = timer.async_wait(asio::deferred) | settle::finally([counted] { ++*counted; });
    co_await std::move(operation)(asio::use_awaitable);
#else
    co_await timer.async_wait(
        settle::finally([counted] { ++*counted; }, asio::as_tuple(asio::use_awaitable)));
#endif
}
