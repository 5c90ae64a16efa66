// expect: name the lambda and pass it as an lvalue, capture by reference, or write two statements
// rule: C4
// only: GNU before 13
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace asio = boost::asio;

asio::awaitable<void> inner()
{
    co_return;
}

asio::awaitable<void> outer(std::shared_ptr<int> counted)
{
#ifdef SETTLE_CONTROL
    auto named = [counted] { ++*counted; };
    co_await (inner() | settle::finally(named));
    co_await (inner() | settle::finally([&] { ++*counted; }));
    auto cleanup = settle::finally([counted] { ++*counted; });
    co_await (inner() | cleanup);
#else
    co_await (inner() | settle::finally([counted] { ++*counted; }));
#endif
}
