// expect: does not take what the operation completes with
// rule: S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <string>

int main()
{
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context);
    auto cleanup = [] {};
#ifdef SETTLE_CONTROL
    auto handler = [](boost::system::error_code) {};
#else
    auto handler = [](boost::system::error_code, std::string) {};
#endif
    timer.async_wait(settle::finally(cleanup, handler));
}
