// expect: std::move
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>

int main()
{
    boost::asio::io_context context;
    auto promise = settle::resolved(context, 1);
    auto handler = [](int) {};
#ifdef SETTLE_CONTROL
    std::move(promise).then(handler).detach();
#else
    promise.then(handler).detach();
#endif
}
