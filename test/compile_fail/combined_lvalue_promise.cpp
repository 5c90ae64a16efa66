// expect: write std::move(promise)
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>

int main()
{
    boost::asio::io_context context;
    auto promise = settle::resolved(context, 1);
#ifdef SETTLE_CONTROL
    settle::all(std::move(promise), settle::resolved(context, 2)).detach();
#else
    settle::all(promise, settle::resolved(context, 2)).detach();
#endif
    context.run();
}
