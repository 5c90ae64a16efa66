// expect: write timeout(duration, std::move(promise))
// rule: X6
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <utility>

int main()
{
    boost::asio::io_context context;
    auto promise = settle::resolved(context, 1);
#ifdef SETTLE_CONTROL
    settle::timeout(std::chrono::seconds(1), std::move(promise)).detach();
#else
    settle::timeout(std::chrono::seconds(1), promise).detach();
#endif
    context.run();
}
