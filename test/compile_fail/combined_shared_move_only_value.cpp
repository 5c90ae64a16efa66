// expect: this type cannot be copied
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <utility>

int main()
{
    boost::asio::io_context context;
    auto promise = settle::resolved(context, std::make_unique<int>(1));
#ifdef SETTLE_CONTROL
    settle::race(std::move(promise)).detach();
#else
    settle::race(std::move(promise).share()).detach();
#endif
    context.run();
}
