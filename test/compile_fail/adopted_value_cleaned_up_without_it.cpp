// expect: the cleanup of an adopted value is called with that value
// rule: K1
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/cleanup_stack.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context context;
    settle::cleanup_stack stack(context);
#ifdef SETTLE_CONTROL
    stack.adopt(1, [](int) {});
#else
    stack.adopt(1, [] {});
#endif
}
