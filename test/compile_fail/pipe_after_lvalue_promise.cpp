// expect: write std::move(p).finally(...)
// rule: S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>

int main()
{
    boost::asio::io_context context;
    auto promise = settle::resolved(context, 1);
    auto cleanup = settle::finally([] {});
#ifdef SETTLE_CONTROL
    auto guarded = std::move(promise) | cleanup;
#else
    auto guarded = promise | cleanup;
#endif
    std::move(guarded).detach();
}
