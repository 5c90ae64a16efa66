// expect: to combine nothing
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    settle::all(context).detach();
#else
    settle::all().detach();
#endif
    context.run();
}
