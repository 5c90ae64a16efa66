// expect: resolved(executor, value)
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    settle::all(settle::resolved(context, 1), settle::resolved(context, 2)).detach();
#else
    settle::all(settle::resolved(context, 1), 2).detach();
#endif
    context.run();
}
