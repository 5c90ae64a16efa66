// expect: the cleanup comes first
// rule: F1, S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

int main()
{
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context);
    auto cleanup = [] {};
    auto handler = [](boost::system::error_code) {};
#ifdef SETTLE_CONTROL
    timer.async_wait(settle::finally(cleanup, handler));
#else
    timer.async_wait(settle::finally(handler, cleanup));
#endif
}
