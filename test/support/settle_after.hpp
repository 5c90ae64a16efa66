// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace support {

/// Posts so many times through the executor and then ends with the exception: an operation of a
/// known number of steps.
class settle_after_initiation {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit settle_after_initiation(executor_type executor)
        : executor_(std::move(executor))
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    template <class Handler>
    void operator()(Handler&& handler, int steps, std::exception_ptr end) const
    {
        step(executor_, std::forward<Handler>(handler), steps, std::move(end));
    }

private:
    template <class Handler>
    struct next_step {
        executor_type executor;
        Handler handler;
        int steps;
        std::exception_ptr end;

        void operator()()
        {
            if (steps > 1)
                step(executor, std::move(handler), steps - 1, std::move(end));
            else
                std::move(handler)(std::move(end));
        }
    };

    template <class Handler>
    static void step(executor_type executor, Handler handler, int steps, std::exception_ptr end)
    {
        boost::asio::post(executor,
                          next_step<Handler>{executor, std::move(handler), steps, std::move(end)});
    }

    executor_type executor_;
};

template <class Token>
auto settle_after(boost::asio::any_io_executor executor, int steps, std::exception_ptr end,
                  Token&& token)
{
    return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
        settle_after_initiation(std::move(executor)), token, steps, std::move(end));
}

} // namespace support
