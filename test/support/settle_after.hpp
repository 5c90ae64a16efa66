// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <exception>
#include <type_traits>
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
        // As Asio's own operations: both executors have work until the end, and the end arrives on
        // the handler's.
        auto work = boost::asio::prefer(boost::asio::get_associated_executor(handler, executor_),
                                        boost::asio::execution::outstanding_work.tracked);
        step(next_step<std::decay_t<Handler>, decltype(work)>(
            executor_, std::forward<Handler>(handler), std::move(work), steps, std::move(end)));
    }

private:
    template <class Handler, class Work>
    class next_step {
    public:
        next_step(executor_type on, Handler handler, Work work, int steps, std::exception_ptr end)
            : executor(std::move(on))
            , handler_(std::move(handler))
            , work_(std::move(work))
            , steps_(steps)
            , end_(std::move(end))
        {
        }

        void operator()()
        {
            if (--steps_ > 0)
                return step(std::move(*this));
            const auto work = work_;
            boost::asio::dispatch(work,
                                  [handler = std::move(handler_), end = std::move(end_)]() mutable {
                                      std::move(handler)(std::move(end));
                                  });
        }

        executor_type executor;

    private:
        Handler handler_;
        Work work_;
        int steps_;
        std::exception_ptr end_;
    };

    template <class Step>
    static void step(Step next)
    {
        const auto executor = next.executor;
        boost::asio::post(executor, std::move(next));
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
