// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <future>
#include <vector>

namespace echo {

/// Runs a context empty with threads of its own; what leaves a handler comes out of get().
class running_threads {
public:
    running_threads(boost::asio::io_context& context, unsigned count)
    {
        for (unsigned i = 0; i < count; ++i)
            threads_.push_back(std::async(std::launch::async, [&] { return context.run(); }));
    }

    void join()
    {
        for (auto& thread : threads_)
            thread.get();
    }

private:
    std::vector<std::future<std::size_t>> threads_;
};

} // namespace echo
