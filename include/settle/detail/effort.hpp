// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/adopt.hpp>
#include <settle/detail/block.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/report.hpp>

#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The end of a cleanup that failed and is not to change any outcome.
inline void report_failed_effort(const reason& why, const std::source_location& where,
                                 context_record* context) noexcept
{
    count_failed_cleanup();
    emit(report_kind::cleanup_failed, why, where, context);
}

/// What an asynchronous best_effort cleanup returns: what the cleanup returned, whose failure is
/// reported and not passed on. Nothing, where the call has failed already.
template <class X>
struct effort {
    using decorated_adoptable = X;

    std::optional<X> adopted;
    std::source_location where;
};

/// Passes the end of an effort on to whoever waits for it.
template <class Receiver>
class effort_wait {
public:
    using executor_type = typename Receiver::executor_type;
    using allocator_type = typename Receiver::allocator_type;

    effort_wait(adoption_handler<Receiver>&& outer, const std::source_location& where) noexcept
        : outer_(std::move(outer))
        , where_(where)
    {
    }

    template <class X>
    static void start(effort<X>&& x, adoption_handler<Receiver> outer)
    {
        if (!x.adopted)
            return outer.fulfil();
        effort_wait* self = nullptr;
        const auto allocator = outer.get_allocator();
        try {
            self = create_block<effort_wait>(allocator, std::move(outer), x.where);
        } catch (...) { // of memory: the handler has not been moved
            report_failed_effort(std::current_exception(), x.where, context_of_report(outer));
        }
        if (!self)
            return outer.fulfil();
        start_adoptable<X>(std::move(*x.adopted), *self);
    }

    // The receiver of what the cleanup returned.

    [[nodiscard]] executor_type get_executor() const noexcept { return outer_.get_executor(); }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return outer_.get_allocator(); }
    [[nodiscard]] asio::cancellation_slot adoption_slot() const noexcept
    {
        return outer_.get_cancellation_slot();
    }
    [[nodiscard]] auto home() const
        requires requires(const Receiver& receiver) { receiver.home().alive(); }
    {
        return outer_.home();
    }
    [[nodiscard]] const void* adopts_for() const noexcept { return outer_.adopts_for(); }
    static constexpr bool ignores_values = true;
    adoption_record adopting;

    template <class... Ignored>
    void adoption_fulfilled(Ignored&&...)
    {
        release().fulfil();
    }

    void adoption_rejected(const reason& why)
    {
        report_failed_effort(why, where_, context_of_report(outer_));
        release().fulfil();
    }

    void adoption_declined() { release().fulfil(); }

    // Whoever waits decides what that means.
    void adoption_dropped() noexcept { static_cast<void>(release()); }

private:
    static context_record* context_of_report(const adoption_handler<Receiver>& handler)
    {
        if constexpr (requires(const Receiver& receiver) { receiver.home().alive(); })
            return handler.home().report_context();
        else
            return report_context_of(handler.get_executor());
    }

    [[nodiscard]] adoption_handler<Receiver> release() noexcept
    {
        adoption_handler<Receiver> outer(std::move(outer_));
        destroy_block(this, outer.get_allocator());
        return outer;
    }

    adoption_handler<Receiver> outer_;
    std::source_location where_;
};

} // namespace settle::detail

template <class X>
struct settle::adoption<settle::detail::effort<X>> {
    using value_type = void;

    template <class Receiver>
    static void start(detail::effort<X>&& x, detail::adoption_handler<Receiver> handler)
    {
        detail::effort_wait<Receiver>::start(std::move(x), std::move(handler));
    }

    [[nodiscard]] static const void* state_of(const detail::effort<X>& x) noexcept
        requires requires(const X& adopted) { adoption<X>::state_of(adopted); }
    {
        return x.adopted ? adoption<X>::state_of(*x.adopted) : nullptr;
    }
};
