// expect: take a std::exception_ptr as the handler's first argument
// rule: S4, S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <exception>

int main()
{
    boost::asio::io_context context;
    auto cleanup = [] {};
#ifdef SETTLE_CONTROL
    auto handler = [](std::exception_ptr) {};
#else
    auto handler = [] {};
#endif
    boost::asio::post(context, settle::finally(cleanup, handler));
}
