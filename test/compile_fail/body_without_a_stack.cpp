// expect: the body of with_cleanup is called with the stack
// rule: K1
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/cleanup_stack.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    settle::with_cleanup(context, [](settle::cleanup_stack&) {}).detach();
#else
    settle::with_cleanup(context, [] {}).detach();
#endif
}
