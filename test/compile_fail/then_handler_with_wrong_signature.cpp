// expect: cannot be called with the promise's value
// rule: P6
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    auto handler = [](int) {};
#else
    auto handler = [](std::string) {};
#endif
    settle::resolved(context, 1).then(handler).detach();
}
