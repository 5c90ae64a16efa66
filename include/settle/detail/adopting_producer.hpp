// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/producer.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// A producer whose function may return an adoptable. `Self` provides as well
///
///     auto get_allocator();   the allocator of its block
///     adoption_slot()         what the adoptable it waits for is cancelled by: that of signal(),
///                             unless it is shielded
///     adopted(values...)      the adoptable has been fulfilled
///     adoption_failed(reason) or rejected
///     adopted_nothing()       it was no adoptable after all, and does not convert to U
///     shields_adoptable       the adoptable is not to be cancelled
template <class Self, class U, class Executor>
class adopting_producer : public producer<Self, U, Executor>, private waiting_root {
    using base = producer<Self, U, Executor>;

public:
    using executor_type = Executor;

    adopting_producer(const loop<Executor>& where_to_run, const std::source_location& where)
        : base(where_to_run, where)
    {
        this->is_root_ = true;
    }

    template <class X>
    void adopt(X&& adopted)
    {
        if constexpr (requires { adoption<std::remove_cvref_t<X>>::state_of(adopted); }) {
            if (adoption<std::remove_cvref_t<X>>::state_of(adopted) == adopts_for())
                return self().adoption_failed(errc::self_resolution);
        }
        // What has been adopted before may have left its handler behind.
        signal_.slot().clear();
        adopting_ = true;
        if (Self::shields_adoptable || !this->requested()) [[likely]]
            return start_adoptable<std::remove_cvref_t<X>>(std::move(adopted), self());
        // It may be gone when the start returns.
        const target_share<adopting_producer> alive(*this);
        start_adoptable<std::remove_cvref_t<X>>(std::move(adopted), self());
        if (adopting_)
            cancel_adoptable(this->take_request());
    }

    // The receiver of what the function returned.

    [[nodiscard]] executor_type get_executor() const noexcept { return this->home().executor(); }
    [[nodiscard]] const void* adopts_for() const noexcept
    {
        return static_cast<const promise_state<U>*>(this);
    }
    adoption_record adopting;

    template <class... Values>
    void adoption_fulfilled(Values&&... values)
    {
        adopting_ = false;
        self().adopted(std::forward<Values>(values)...);
    }

    void adoption_rejected(reason why)
    {
        adopting_ = false;
        self().adoption_failed(std::move(why));
    }

    // From the queue: if the context is being destroyed this is dropped there, unreported (B5).
    void adoption_dropped() noexcept
    {
        adopting_ = false;
        adoption_dropped_ = true;
        self().home().enqueue(*this);
    }

    void adoption_declined()
    {
        adopting_ = false;
        self().adopted_nothing();
    }

protected:
    ~adopting_producer() = default;

    /// Settles with what an adoptable was fulfilled with.
    template <class... Values>
    void settle_as_adopted(Values&&... values)
    {
        if constexpr (sizeof...(Values) == 1)
            this->settle_as(std::forward<Values>(values)...);
        else
            this->fulfil(std::forward<Values>(values)...);
    }

    [[nodiscard]] bool waits_for_adoptable() const noexcept { return adopting_; }
    [[nodiscard]] asio::cancellation_signal& signal() noexcept { return signal_; }

    void cancel_adoptable(asio::cancellation_type type) { signal_.emit(type); }

    [[nodiscard]] continuation* drop() noexcept override
    {
        forget_adoptable();
        return base::drop();
    }

    /// What has been dropped may have left its handler behind, which has a share of a promise: in a
    /// ring, of one that waits for this.
    void forget_adoptable() noexcept { signal_.slot().clear(); }

    /// What is left to do when it comes from the queue because its adoptable was dropped.
    [[nodiscard]] bool was_adoption_dropped() const noexcept { return adoption_dropped_; }
    void fail_dropped_adoption() { self().adoption_failed(errc::broken_promise); }

private:
    [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

    // What is adopted may wait for this one in turn.

    void waiting_begins(const context_ref& context) noexcept override
    {
        if (context.record)
            this->list_in(context);
    }

    void waiting_ends() noexcept override { this->unlist(); }

    void hold() noexcept override { this->add_share(); }
    void context_died() noexcept override { this->forsake(); }

    asio::cancellation_signal signal_;
    bool adopting_ = false;
    bool adoption_dropped_ = false;
};

} // namespace settle::detail
