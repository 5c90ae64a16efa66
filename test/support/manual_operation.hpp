// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace support {

template <class Signature>
class manual_operation;

/// An operation that ends when, where and how the test says.
///
/// Like Asio's own it keeps the I/O executor busy while it waits, completes through the handler's
/// associated executor, and leaves its cancellation handler in the slot afterwards. Being
/// cancelled is only recorded: whether that ends the operation is the test's business.
template <class... Args>
class manual_operation<void(Args...)> {
public:
    explicit manual_operation(boost::asio::any_io_executor executor)
        : executor_(std::move(executor))
    {
    }

    class initiation {
    public:
        using executor_type = boost::asio::any_io_executor;

        explicit initiation(manual_operation& operation)
            : operation_(&operation)
        {
        }

        [[nodiscard]] executor_type get_executor() const noexcept { return operation_->executor_; }

        template <class Handler>
        void operator()(Handler&& handler) const
        {
            operation_->start(std::forward<Handler>(handler));
        }

    private:
        manual_operation* operation_;
    };

    template <class Token>
    auto async_run(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(Args...)>(initiation(*this), token);
    }

    /// Ends it as Asio does: through the executor of the handler.
    void complete(Args... args) { std::exchange(waiting_, nullptr)->complete(std::move(args)...); }

    /// Ends it by a call of the handler here and now, which must be a place where it may run.
    void complete_here(Args... args)
    {
        std::exchange(waiting_, nullptr)->complete_here(std::move(args)...);
    }

    /// Destroys it uncompleted.
    void drop() { waiting_.reset(); }

    [[nodiscard]] bool waits() const noexcept { return waiting_ != nullptr; }
    [[nodiscard]] int starts() const noexcept { return starts_; }
    [[nodiscard]] int signals() const noexcept { return signals_; }
    [[nodiscard]] boost::asio::cancellation_type last_signal() const noexcept
    {
        return last_signal_;
    }

private:
    struct waiter {
        virtual ~waiter() = default;
        virtual void complete(Args... args) = 0;
        virtual void complete_here(Args... args) = 0;
    };

    template <class Handler>
    class waiter_for final : public waiter {
    public:
        waiter_for(Handler&& handler, const boost::asio::any_io_executor& executor)
            : handler_(std::move(handler))
            , work_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked))
        {
        }

        void complete(Args... args) override
        {
            const auto executor = boost::asio::get_associated_executor(handler_, work_);
            boost::asio::dispatch(executor,
                                  [handler = std::move(handler_),
                                   result = std::tuple<Args...>(std::move(args)...)]() mutable {
                                      std::apply(std::move(handler), std::move(result));
                                  });
        }

        void complete_here(Args... args) override { std::move(handler_)(std::move(args)...); }

    private:
        Handler handler_;
        boost::asio::any_io_executor work_;
    };

    template <class Handler>
    void start(Handler&& handler)
    {
        ++starts_;
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([this](boost::asio::cancellation_type type) {
                ++signals_;
                last_signal_ = type;
            });
        waiting_ = std::make_unique<waiter_for<std::decay_t<Handler>>>(
            std::decay_t<Handler>(std::forward<Handler>(handler)), executor_);
    }

    boost::asio::any_io_executor executor_;
    std::unique_ptr<waiter> waiting_;
    int starts_ = 0;
    int signals_ = 0;
    boost::asio::cancellation_type last_signal_ = boost::asio::cancellation_type::none;
};

} // namespace support
