// expect: make it one of rvalues
// rule: P10
// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/combinators.hpp>

#include <boost/asio/io_context.hpp>

#include <iterator>
#include <ranges>
#include <vector>

int main()
{
    boost::asio::io_context context;
    std::vector<settle::promise<int>> promises;
    // A view is an rvalue, but the promises it shows are not its own.
#ifdef SETTLE_CONTROL
    const auto begin = std::make_move_iterator(promises.begin());
    settle::race(context, std::ranges::subrange(begin, std::make_move_iterator(promises.end())))
        .detach();
#else
    settle::race(context, promises | std::views::drop(0)).detach();
#endif
    context.run();
}
