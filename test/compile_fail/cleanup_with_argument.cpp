// expect: takes no arguments
// rule: F1
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
    auto handler = [](boost::system::error_code) {};
#ifdef SETTLE_CONTROL
    auto cleanup = [] {};
#else
    auto cleanup = [](boost::system::error_code) {};
#endif
    timer.async_wait(settle::finally(cleanup, handler));
}
