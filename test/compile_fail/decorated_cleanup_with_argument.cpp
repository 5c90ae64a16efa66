// expect: a cleanup takes no arguments
// rule: F1
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/within.hpp>

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
    static_cast<void>(settle::within(std::chrono::seconds(1), cleanup));
#else
    static_cast<void>(settle::within(std::chrono::seconds(1), [](int) {}));
#endif
}
