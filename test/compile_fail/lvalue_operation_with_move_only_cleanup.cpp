// expect: write std::move(operation)(token)
// rule: S8
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

int main()
{
    boost::asio::io_context context;
    auto cleanup = [owned = std::make_unique<int>(1)] {};
    auto operation =
        boost::asio::post(context, boost::asio::deferred) | settle::finally(std::move(cleanup));
#ifdef SETTLE_CONTROL
    std::move(operation)(boost::asio::detached);
#else
    operation(boost::asio::detached);
#endif
}
