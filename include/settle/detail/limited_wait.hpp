// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/adopt.hpp>
#include <settle/detail/block.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/limited.hpp>
#include <settle/detail/loop.hpp>
#include <settle/report.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/wait_traits.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Waits for a cleanup until its deadline, on behalf of whoever waits for it (`outer_`).
///
/// Everything happens on one serial executor, so that the end and the deadline are never at once.
/// Without a force the deadline cancels the cleanup, whose end is waited for. With one it ends the
/// wait; the cleanup is a straggler from then on, and the block its home.
///
/// Owned in shares, by the cleanup until it has ended and by the timer until its wait has. Not from
/// an associated allocator, since it may outlive downstream.
template <class Receiver, class X, class Cleanup, class Force>
class limited_wait {
    using outer_handler = adoption_handler<Receiver>;
    using limited_type = limited<X, Cleanup, Force>;
    using clock = std::chrono::steady_clock;
    static constexpr bool has_force = limited_type::has_force;

public:
    using executor_type = serial_executor_t<X, typename Receiver::executor_type>;
    using allocator_type = std::allocator<void>;

    static void start(limited_type&& x, outer_handler outer)
    {
        static_assert(runs_on_system<executor_type> || has_context<executor_type>,
                      "settle: within needs a timer, and the executor has no execution context to "
                      "make one in");
        const executor_type executor(outer.get_executor());
        share begins(create_block<limited_wait>(allocator_type(), std::move(x), std::move(outer),
                                                loop<executor_type>(executor)));
        asio::dispatch(executor, beginning{std::move(begins)});
    }

    limited_wait(limited_type&& x, outer_handler&& outer, loop<executor_type>&& home)
        : outer_(std::move(outer))
        , home_(std::move(home))
        , adopted_(std::in_place, std::move(x.adopted))
        , after_(x.after)
        , where_(x.where)
        , held_(std::move(x.held))
    {
    }

    // The receiver of what the cleanup returned.

    [[nodiscard]] executor_type get_executor() const noexcept { return home_.executor(); }
    [[nodiscard]] static allocator_type get_allocator() noexcept { return {}; }
    [[nodiscard]] const loop<executor_type>& home() const noexcept { return home_; }
    [[nodiscard]] asio::cancellation_slot adoption_slot() noexcept { return signal_.slot(); }
    [[nodiscard]] const void* adopts_for() const noexcept
    {
        return outer_ ? outer_->adopts_for() : nullptr;
    }
    static constexpr bool ignores_values = true;
    adoption_record adopting;

    template <class... Ignored>
    void adoption_fulfilled(Ignored&&...)
    {
        if (auto outer = ended())
            outer->fulfil();
    }

    void adoption_declined() { adoption_fulfilled(); }

    void adoption_rejected(reason why)
    {
        const bool overdue = overdue_;
        const auto where = where_;
        const auto home = home_;
        if (auto outer = ended())
            outer->reject(overdue ? timed_out_after(std::move(why)) : std::move(why));
        else
            emit(report_kind::straggler, why, where, home.report_context());
    }

    // Destroyed before its end: whoever waits decides what that means. A straggler just goes.
    void adoption_dropped() noexcept { static_cast<void>(ended()); }

private:
    /// One of the owners.
    class share {
    public:
        explicit share(limited_wait* wait) noexcept
            : wait_(wait)
        {
        }

        // Relaxed: made by one who has one.
        share(const share& other) noexcept
            : wait_(other.wait_)
        {
            wait_->shares_.fetch_add(1, std::memory_order_relaxed);
        }

        share(share&& other) noexcept
            : wait_(std::exchange(other.wait_, nullptr))
        {
        }

        share& operator=(share) = delete;

        ~share()
        {
            // Acquire and release: destruction comes after every other owner's last use.
            if (wait_ && wait_->shares_.fetch_sub(1, std::memory_order_acq_rel) == 1)
                destroy_block(wait_, allocator_type());
        }

        [[nodiscard]] limited_wait* operator->() const noexcept { return wait_; }
        [[nodiscard]] limited_wait* get() const noexcept { return wait_; }

        /// Becomes the adoptable's.
        void give_away() noexcept { wait_ = nullptr; }

    private:
        limited_wait* wait_;
    };

    struct beginning {
        share self;

        void operator()() { self->begin(self); }
    };

    class timer_handler {
    public:
        using executor_type = limited_wait::executor_type;

        explicit timer_handler(share self) noexcept
            : self_(std::move(self))
        {
        }

        timer_handler(timer_handler&&) noexcept = default;

        // Its context is being destroyed: a timer must not outlive that.
        ~timer_handler()
        {
            if (self_.get())
                self_->timer_.reset();
        }

        [[nodiscard]] executor_type get_executor() const noexcept { return self_->get_executor(); }

        void operator()(error_code ec)
        {
            const share self(std::move(self_));
            self->timer_.reset();
            if (!ec)
                self->deadline();
        }

    private:
        share self_;
    };

    /// A request to cancel from outside, from a deadline further out, for instance.
    struct canceller {
        limited_wait* wait;

        void operator()(asio::cancellation_type type) const
        {
            const auto executor = wait->get_executor();
            asio::dispatch(executor, [self = wait->another_share(), type] { self->asked(type); });
        }
    };

    [[nodiscard]] share another_share() noexcept
    {
        shares_.fetch_add(1, std::memory_order_relaxed);
        return share(this);
    }

    void begin(const share& self)
    {
        try {
            timer_.emplace(home_.executor(), after_);
            timer_->async_wait(timer_handler(self));
            if (auto slot = outer_->get_cancellation_slot(); slot.is_connected())
                slot.assign(canceller{this});
        } catch (...) {
            // As if the cleanup could not be started (F12).
            adopted_.reset();
            another_share().give_away();
            return adoption_rejected(std::current_exception());
        }
        another_share().give_away();
        X adopted(std::move(*adopted_));
        adopted_.reset();
        start_adoptable<X>(std::move(adopted), *this);
    }

    void deadline()
    {
        if (!outer_)
            return;
        if constexpr (has_force) {
            force();
        } else {
            overdue_ = true;
            signal_.emit(asio::cancellation_type::terminal);
        }
    }

    void asked(asio::cancellation_type type)
    {
        if (!outer_)
            return;
        if constexpr (has_force) {
            if ((type & asio::cancellation_type::terminal) != asio::cancellation_type::none)
                return force();
        }
        signal_.emit(type);
    }

    /// Ends the wait: the cleanup is a straggler from here on, also where the force ends it.
    void force()
    {
        auto outer = release_outer();
        auto held = std::move(held_);
        if (!is_empty_callable(*held->force))
            static_cast<void>(std::invoke(*held->force));
        held->force.reset();
        if (ended_)
            held.reset();
        else
            held_ = std::move(held);
        outer->reject(errc::timed_out);
    }

    /// The cleanup's end. Returns whom to tell of it: nobody, when the force did.
    [[nodiscard]] std::optional<outer_handler> ended() noexcept
    {
        const share mine(this);
        ended_ = true;
        signal_.slot().clear();
        held_.reset();
        return release_outer();
    }

    /// The one who waits, whose slot and timer end here.
    [[nodiscard]] std::optional<outer_handler> release_outer() noexcept
    {
        timer_.reset();
        std::optional<outer_handler> outer;
        if (outer_) {
            if (auto slot = outer_->get_cancellation_slot(); slot.is_connected())
                slot.clear();
            outer.emplace(std::move(*outer_));
            outer_.reset();
        }
        return outer;
    }

    /// What a cleanup that was cancelled at its deadline ends in. An error other than that it was
    /// cancelled is displaced.
    [[nodiscard]] static reason timed_out_after(reason why)
    {
        reason late(errc::timed_out);
        if (why.code() != asio::error::operation_aborted)
            late.suppress(std::move(why));
        return late;
    }

    std::optional<outer_handler> outer_; // until it has been told
    loop<executor_type> home_;
    std::optional<X> adopted_; // until it is started
    std::optional<asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor_type>>
        timer_;
    asio::cancellation_signal signal_;
    clock::duration after_;
    std::source_location where_;
    typename limited_type::held_type held_;
    bool overdue_ = false;
    bool ended_ = false;
    std::atomic<unsigned> shares_{1};
};

} // namespace settle::detail

template <class X, class Cleanup, class Force>
struct settle::adoption<settle::detail::limited<X, Cleanup, Force>> {
    using value_type = void;

    template <class Receiver>
    static void start(detail::limited<X, Cleanup, Force>&& x,
                      detail::adoption_handler<Receiver> handler)
    {
        detail::limited_wait<Receiver, X, Cleanup, Force>::start(std::move(x), std::move(handler));
    }

    [[nodiscard]] static const void* state_of(const detail::limited<X, Cleanup, Force>& x) noexcept
        requires requires(const X& adopted) { adoption<X>::state_of(adopted); }
    {
        return adoption<X>::state_of(x.adopted);
    }
};
