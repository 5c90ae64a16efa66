// expect: write bind_executor(executor, token)
// rule: E11
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>

// An operation that says nowhere on what executor it runs.
template <class Token>
auto async_nothing(Token&& token)
{
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [](auto handler) { std::move(handler)(boost::system::error_code()); }, token);
}

int main()
{
    boost::asio::io_context context;
    auto cleanup = [&] { return boost::asio::post(context, boost::asio::deferred); };
    auto handler = [](boost::system::error_code) {};
#ifdef SETTLE_CONTROL
    async_nothing(settle::finally(cleanup, boost::asio::bind_executor(context, handler)));
#else
    async_nothing(settle::finally(cleanup, handler));
#endif
}
