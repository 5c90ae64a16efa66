// expect: there are no losers to cancel
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    settle::all_settled(settle::resolved(context)).detach();
#else
    settle::all_settled(settle::cancel_losers, settle::resolved(context));
#endif
    context.run();
}
