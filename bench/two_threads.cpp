// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "allocations.hpp"
#include "chains.hpp"
#include "workloads.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <semaphore>
#include <thread>
#include <utility>

// Many chains on one io_context that two threads run.
namespace bench {
namespace {

constexpr std::int64_t chains = 64;

/// The second thread, which waits between the batches.
class crew {
public:
    explicit crew(void (*begin)(loop&, std::int64_t))
        : begin_(begin)
        , helper_([this] { help(); })
    {
    }

    ~crew()
    {
        ends_ = true;
        start_.release();
    }

    /// What it took until nothing was left to do: not until the second thread has noticed, which
    /// may be long where it has to share its core.
    nanoseconds run(std::int64_t hops)
    {
        const auto from = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < chains; ++i)
            begin_(on_, hops / chains);
        start_.release();
        on_.context.run();
        const nanoseconds taken = std::chrono::steady_clock::now() - from;
        done_.acquire();
        add_allocations(helped_);
        on_.context.restart();
        return taken;
    }

private:
    void help()
    {
        for (start_.acquire(); !ends_; start_.acquire()) {
            const auto before = allocations();
            on_.context.run();
            helped_ = allocations() - before;
            done_.release();
        }
    }

    loop on_;
    void (*begin_)(loop&, std::int64_t);
    bool ends_ = false;
    std::uint64_t helped_ = 0;
    std::binary_semaphore start_{0};
    std::binary_semaphore done_{0};
    std::jthread helper_; // last: it uses all of the above
};

side by_two(const char* name, void (*begin)(loop&, std::int64_t))
{
    return {.name = name, .open = [begin]() -> batch {
                return [with = std::make_shared<crew>(begin)](std::int64_t hops) {
                    return with->run(hops);
                };
            }};
}

} // namespace

std::vector<workload> two_threads()
{
    using any = asio::any_io_executor;
    return {{
        .label = "W9",
        .name = "64 chains, two threads",
        .unit = "hop",
        .settle = by_two("settle", &promise_hop<any>::start),
        .rivals = {{by_two("asio::defer", &deferred_hop<io_executor>::start), 0.3},
                   {by_two("asio::defer, any_io_executor", &deferred_hop<any>::start)}},
        .granule = chains,
        .longer = 20,
    }};
}

} // namespace bench
