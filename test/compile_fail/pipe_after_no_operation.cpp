// expect: must be a deferred operation
// rule: S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

int main()
{
    boost::asio::io_context context;
#ifdef SETTLE_CONTROL
    auto operation = boost::asio::post(context, boost::asio::deferred);
#else
    auto operation = 1;
#endif
    auto guarded = operation | settle::finally([] {});
    static_cast<void>(guarded);
}
