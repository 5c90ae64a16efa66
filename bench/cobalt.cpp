// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "loop.hpp"
#include "workloads.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/cobalt/op.hpp>
#include <boost/cobalt/spawn.hpp>
#include <boost/cobalt/task.hpp>

#include <cstdint>

// Compiled only where Boost.Cobalt is.
namespace bench {
namespace {

namespace asio = boost::asio;

boost::cobalt::task<void> await_each(asio::any_io_executor executor, std::int64_t operations)
{
    for (; operations > 0; --operations)
        co_await asio::post(executor, boost::cobalt::use_op);
}

void start(loop& on, std::int64_t operations)
{
    boost::cobalt::spawn(on.context, await_each(on.context.get_executor(), operations),
                         asio::detached);
}

} // namespace

std::vector<rival> cobalt_operation()
{
    return {{chain("cobalt::task", &start)}};
}

} // namespace bench
