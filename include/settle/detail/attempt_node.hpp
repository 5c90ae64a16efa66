// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/block.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/adopting_producer.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <exception>
#include <optional>
#include <source_location>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// The state of the promise that attempt() returns; keeps the function until what it returned has
/// ended (F14).
template <class U, class F, class Executor>
class attempt_node final : public adopting_producer<attempt_node<U, F, Executor>, U, Executor> {
    using base = adopting_producer<attempt_node, U, Executor>;

public:
    using allocator_type = std::allocator<void>;

    template <class Function>
    attempt_node(Function&& f, const loop<Executor>& home, const std::source_location& where)
        : base(home, where)
        , function_(std::in_place, std::forward<Function>(f))
    {
    }

    void begin()
    {
        this->settle_with([this]() -> decltype(auto) { return call_once(*function_); });
    }

    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    [[nodiscard]] boost::asio::cancellation_slot adoption_slot() { return this->signal().slot(); }

    static constexpr bool asked_anywhere = false;
    static constexpr bool shields_adoptable = false;
    [[nodiscard]] char keep_loop() const noexcept { return 0; }
    void concluding() noexcept { function_.reset(); }

    void make_ready() noexcept override { this->home().enqueue(*this); }

    // Queued only when the adoptable was dropped.
    void run() override { this->fail_dropped_adoption(); }

    void adopted_nothing() { this->reject(std::make_exception_ptr(std::bad_cast())); }

    template <class... Values>
    void adopted(Values&&... values)
    {
        this->settle_as_adopted(std::forward<Values>(values)...);
    }

    void adoption_failed(reason why) { this->reject(std::move(why)); }

    /// A request to cancel has come to the executor.
    void cancel_here(cancel_walk& walk) override
    {
        if (this->waits_for_adoptable())
            this->cancel_adoptable(walk.type());
        else
            this->cancel_late(walk);
    }

private:
    void destroy() noexcept override { destroy_block(this, allocator_type()); }

    std::optional<F> function_;
};

} // namespace settle::detail
