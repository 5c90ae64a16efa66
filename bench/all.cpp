// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "loop.hpp"
#include "node.hpp"
#include "workloads.hpp"

#include <settle/combinators.hpp>
#include <settle/promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

// A thousand that end on the loop, each with a value, and one who waits for all the values.
namespace bench {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t elements = 1000;

using any = asio::any_io_executor;

struct wait_for_all {
    any executor;
    std::int64_t left; // rounds

    void operator()(const std::vector<int>&) const
    {
        if (left > 0)
            next(executor, left - 1);
    }

    static void next(const any& executor, std::int64_t left)
    {
        std::vector<settle::promise<int>> promises;
        std::vector<settle::resolver<int>> resolvers;
        promises.reserve(elements);
        resolvers.reserve(elements);
        for (std::int64_t i = 0; i < elements; ++i) {
            auto made = settle::with_resolvers<int>(executor);
            promises.push_back(std::move(made.promise));
            resolvers.push_back(std::move(made.resolver));
        }
        settle::all(executor, std::move(promises)).then(wait_for_all{executor, left}).detach();
        for (std::int64_t i = 0; i < elements; ++i)
            resolvers[static_cast<std::size_t>(i)].resolve(static_cast<int>(i));
    }

    static void start(loop& on, std::int64_t units)
    {
        next(on.context.get_executor(), units / elements - 1);
    }
};

// The values and how many of them are still to come.
struct countdown {
    std::vector<int> values;
    std::int64_t missing;
};

template <class Executor>
struct count_down {
    static void next(const Executor& executor, std::int64_t left)
    {
        auto state = std::make_shared<countdown>(countdown{std::vector<int>(elements), elements});
        for (std::int64_t i = 0; i < elements; ++i) {
            asio::post(executor, [state, executor, left, i] {
                state->values[static_cast<std::size_t>(i)] = static_cast<int>(i);
                if (--state->missing == 0 && left > 0)
                    next(executor, left - 1);
            });
        }
    }

    static void start(loop& on, std::int64_t units)
    {
        next(on.context.get_executor(), units / elements - 1);
    }
};

} // namespace

std::vector<workload> all()
{
    workload made{
        .label = "W6",
        .name = "all of 1,000",
        .unit = "element",
        .settle = chain("settle", &wait_for_all::start),
        .rivals = {{chain("post and countdown", &count_down<any>::start), 0.75},
                   {chain("the same, io_context::executor_type",
                          &count_down<asio::io_context::executor_type>::start)}},
        .granule = elements,
    };
    add_node(made, "all");
    return {made};
}

} // namespace bench
