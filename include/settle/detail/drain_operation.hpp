// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_service.hpp>
#include <settle/detail/drainable.hpp>
#include <settle/detail/draining.hpp>
#include <settle/detail/on_the_clock.hpp>
#include <settle/detail/work_guard.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/wait_traits.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Waits for the cleanups of a context, on a strand of its own. Kept by its timer's wait and by
/// what it has posted.
template <class Result, class Handler, class Executor>
class drain_operation final
    : public drain_watch,
      public std::enable_shared_from_this<drain_operation<Result, Handler, Executor>> {
    using clock = std::chrono::steady_clock;
    using strand = asio::strand<Executor>;
    using handler_executor =
        std::decay_t<typename asio::associated_executor<Handler, Executor>::type>;

public:
    static void start(Handler&& handler, const Executor& executor, clock::duration deadline)
    {
        auto self = std::make_shared<drain_operation>(std::move(handler), executor, deadline);
        // A request that comes at once comes after what is posted here.
        if (auto slot = asio::get_associated_cancellation_slot(*self->handler_);
            slot.is_connected())
            slot.assign([weak = self->weak_from_this()](asio::cancellation_type) {
                if (const auto asked = weak.lock())
                    asio::post(asked->strand_,
                               [asked] { asked->give_up(asio::error::operation_aborted); });
            });
        asio::post(self->strand_, [self] { self->begin(); });
    }

    drain_operation(Handler&& handler, const Executor& executor, clock::duration deadline)
        : executor_(executor)
        , strand_(asio::make_strand(executor))
        , context_(context_ref_of(executor))
        , work_(std::in_place, asio::associated_executor<Handler, Executor>::get(handler, executor))
        , deadline_(deadline)
        , handler_(std::in_place, std::move(handler))
    {
    }

    drain_operation(const drain_operation&) = delete;
    drain_operation& operator=(const drain_operation&) = delete;

    ~drain_operation()
    {
        if (context_.alive())
            remove_drain_watch(*context_.record, *this);
    }

    // Called on any thread.
    void cleanup_gone() noexcept override
    {
        // Acquire and release: one look serves all that have gone by the time it begins.
        if (!look_posted_.exchange(true, std::memory_order_acq_rel))
            asio::post(strand_, [self = this->shared_from_this()] {
                self->look_posted_.exchange(false, std::memory_order_acq_rel);
                self->look();
            });
    }

private:
    void begin()
    {
        if (!handler_) // cancelled already
            return;
        add_drain_watch(*context_.record, this->weak_from_this());
        at_first_ = take_census(context_);
        timer_.emplace(strand_, deadline_);
        timer_->async_wait([self = this->shared_from_this()](error_code ec) {
            if (!ec)
                self->due();
        });
        begin_to_look(turns_before);
    }

    // What has been cancelled just before is due when the loop has turned a few times.
    void begin_to_look(int turns)
    {
        looks_ = turns == 0;
        if (looks_)
            look();
        else
            asio::post(strand_, [self = this->shared_from_this(), turns] {
                self->begin_to_look(turns - 1);
            });
    }

    void look()
    {
        if (handler_ && looks_ && !has_due_cleanups(context_))
            finish({}, take_census(context_), 0);
    }

    void due()
    {
        if (!handler_)
            return;
        in_time_ = take_census(context_).ended;
        patience_ends_ = clock::now() + patience;
        cancel_all();
    }

    // What has been cancelled ends a few turns of the loop later, if it ends; or, where other
    // threads run it, a little later. What has become due meanwhile, or has yet to start, is asked
    // in the next turn.
    void cancel_all()
    {
        try {
            for (const auto& request : make_drain_requests(context_))
                request->send(request);
        } catch (const std::bad_alloc&) { // in the next turn, perhaps
        }
        auto next = [self = this->shared_from_this()](error_code = {}) {
            if (!self->handler_)
                return;
            if (--self->turns_ <= 0 && clock::now() >= self->patience_ends_)
                self->give_up({});
            else if (!self->looks_ || has_due_cleanups(self->context_))
                self->cancel_all();
            else
                self->finish({}, take_census(self->context_), 0);
        };
        if (turns_ > 0) {
            asio::post(strand_, std::move(next));
        } else {
            timer_->expires_after(std::chrono::milliseconds(1));
            timer_->async_wait(std::move(next));
        }
    }

    void give_up(error_code ec)
    {
        if (!handler_)
            return;
        const auto now = take_census(context_);
        finish(ec, now, now.cleanups);
    }

    void finish(error_code ec, const drain_census& now, std::uint64_t cleanups_left)
    {
        remove_drain_watch(*context_.record, *this);
        timer_.reset();
        const auto in_time = in_time_.value_or(now.ended);
        Result result;
        result.completed = in_time - at_first_.ended;
        result.forced = now.ended - in_time;
        result.abandoned = now.dropped - at_first_.dropped + cleanups_left;
        result.operations_running = now.operations;
        auto last = std::move(*handler_);
        handler_.reset();
        const auto executor = asio::associated_executor<Handler, Executor>::get(last, executor_);
        asio::dispatch(executor, [handler = std::move(last), ec, result,
                                  work = std::move(work_)]() mutable {
            work.reset();
            if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                slot.clear();
            std::move(handler)(ec, result);
        });
    }

    Executor executor_;
    strand strand_;
    context_ref context_;
    std::optional<work_guard<handler_executor>> work_;
    clock::duration deadline_;
    std::optional<asio::basic_waitable_timer<clock, asio::wait_traits<clock>, strand>> timer_;
    std::optional<Handler> handler_; // until it is called
    drain_census at_first_;
    std::optional<std::uint64_t> in_time_; // known from the deadline on
    std::atomic<bool> look_posted_{false};
    static constexpr int turns_before = 16;
    bool looks_ = false;
    // From the deadline on.
    static constexpr clock::duration patience = std::chrono::milliseconds(20);
    int turns_ = 64;
    clock::time_point patience_ends_;
};

/// Starts it; the executor is there for cancel_after and its like.
template <class Result, class Executor>
class drain_initiation {
public:
    using executor_type = Executor;

    explicit drain_initiation(const Executor& executor) noexcept
        : executor_(executor)
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    template <class Handler, class Rep, class Period>
    void operator()(Handler&& handler, const std::chrono::duration<Rep, Period>& deadline) const
    {
        drain_operation<Result, std::decay_t<Handler>, Executor>::start(
            std::decay_t<Handler>(std::forward<Handler>(handler)), executor_,
            on_the_clock(deadline));
    }

    template <class Handler, class Clock, class Duration>
    void operator()(Handler&& handler,
                    const std::chrono::time_point<Clock, Duration>& deadline) const
    {
        using approximate = std::chrono::duration<double>;
        const auto now = Clock::now();
        // A difference that is too long for the clock's unit is as good as for ever.
        const approximate left =
            approximate(deadline.time_since_epoch()) - approximate(now.time_since_epoch());
        if (left <= approximate::zero())
            (*this)(std::forward<Handler>(handler), clock_duration::zero());
        else if (left >= approximate(clock_duration::max()))
            (*this)(std::forward<Handler>(handler), clock_duration::max());
        else
            (*this)(std::forward<Handler>(handler), deadline - now);
    }

private:
    using clock_duration = std::chrono::steady_clock::duration;

    Executor executor_;
};

} // namespace settle::detail
