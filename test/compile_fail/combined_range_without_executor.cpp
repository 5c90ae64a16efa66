// expect: write all(executor, std::move(range))
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

#include <utility>
#include <vector>

int main()
{
    boost::asio::io_context context;
    std::vector<settle::promise<int>> promises;
#ifdef SETTLE_CONTROL
    settle::all(context, std::move(promises)).detach();
#else
    settle::all(std::move(promises)).detach();
#endif
    context.run();
}
