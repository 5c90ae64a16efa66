// expect: what is to be decorated is an operation
// rule: F1
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/best_effort.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

int main()
{
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context);
    const auto cleanup = [&] { return timer.async_wait(boost::asio::deferred); };
#ifdef SETTLE_CONTROL
    static_cast<void>(settle::best_effort(cleanup));
#else
    static_cast<void>(settle::best_effort(timer.async_wait(boost::asio::deferred)));
#endif
}
