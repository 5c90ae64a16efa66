// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/block.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/cleanup_handler.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/counters.hpp>
#include <settle/detail/draining.hpp>
#include <settle/detail/expecting_scope.hpp>
#include <settle/detail/fallback.hpp>
#include <settle/detail/returned.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Waits for an adoptable on behalf of a suspended coroutine, out of reach of its cancellation.
template <class Handler, class Executor>
class awaited_adoption {
public:
    using executor_type = Executor;
    using allocator_type = asio::recycling_allocator<void>;

    template <class X>
    static void start(Handler handler, const Executor& executor, X&& adopted,
                      asio::cancellation_slot shield, std::optional<reason>& why)
    {
        auto* self = create_block<awaited_adoption>(allocator_type(), std::move(handler), executor,
                                                    shield, why);
        start_adoptable<X>(std::move(adopted), *self);
    }

    awaited_adoption(Handler&& handler, const Executor& executor, asio::cancellation_slot shield,
                     std::optional<reason>& why)
        : handler_(std::move(handler))
        , executor_(executor)
        , shield_(shield)
        , why_(&why)
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    [[nodiscard]] asio::cancellation_slot adoption_slot() const noexcept { return shield_; }
    static constexpr bool ignores_values = true;
    adoption_record adopting;

    template <class... Ignored>
    void adoption_fulfilled(Ignored&&...)
    {
        release()();
    }

    void adoption_rejected(reason why)
    {
        why_->emplace(std::move(why));
        release()();
    }

    void adoption_declined() { adoption_fulfilled(); }

    // The coroutine goes with its handler.
    void adoption_dropped() noexcept { static_cast<void>(release()); }

private:
    [[nodiscard]] Handler release() noexcept
    {
        Handler handler(std::move(handler_));
        destroy_block(this, allocator_type());
        return handler;
    }

    Handler handler_;
    Executor executor_;
    asio::cancellation_slot shield_; // of the coroutine's frame, which lives as long as its handler
    std::optional<reason>* why_;     // there too
};

/// Starts the adoptable once the coroutine is suspended.
template <class X, class Executor>
class adoption_initiation {
public:
    adoption_initiation(X& adopted, const Executor& executor, asio::cancellation_slot shield,
                        std::optional<reason>& why) noexcept
        : adopted_(&adopted)
        , executor_(&executor)
        , shield_(shield)
        , why_(&why)
    {
    }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        awaited_adoption<std::decay_t<Handler>, Executor>::start(
            std::forward<Handler>(handler), *executor_, std::move(*adopted_), shield_, *why_);
    }

private:
    X* adopted_;
    const Executor* executor_;
    asio::cancellation_slot shield_;
    std::optional<reason>* why_;
};

/// The awaitable that waits for an adoptable. Its failure is stored, not thrown.
template <class Executor, class X>
[[nodiscard]] auto wait_for_adoptable(X& adopted, const Executor& executor,
                                      asio::cancellation_slot shield, std::optional<reason>& why)
{
    using token = asio::use_awaitable_t<Executor>;
    return asio::async_initiate<const token, void()>(
        adoption_initiation<X, Executor>(adopted, executor, shield, why), token());
}

/// That the cleanup of a coroutine which has begun is still to come to its end. Only a coroutine
/// that is destroyed where it waits destroys this while it is open.
template <class Executor, class Cleanup>
class cleanup_due final : private drainable {
public:
    cleanup_due(Cleanup& cleanup, const Executor& executor, const std::source_location& where)
        : cleanup_(cleanup)
        , executor_(executor)
        , where_(where)
        , pending_(!is_empty_callable(cleanup))
    {
        if constexpr (is_asynchronous<Cleanup>) {
            if (pending_)
                list_for_draining(*this, executor);
        }
    }

    cleanup_due(const cleanup_due&) = delete;
    cleanup_due& operator=(const cleanup_due&) = delete;

    ~cleanup_due()
    {
        leave();
        if (!pending_)
            return;
        if (has_started_)
            report_abandoned_cleanup(where_, context());
        else
            abandon_cleanup(cleanup_, where_, context());
    }

    void starts() noexcept
    {
        has_started_ = true;
        operation_ended();
    }

    void ended() noexcept
    {
        pending_.ran();
        cleanup_ended();
    }

    /// What draining cancels the cleanup by, and nobody else can reach.
    [[nodiscard]] asio::cancellation_slot shield() noexcept { return shield_.slot(); }

    // The place of reports.
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }
    [[nodiscard]] context_record* context() const noexcept { return report_context_of(executor_); }

private:
    void ask(std::shared_ptr<drain_request> request) override
    {
        take_request_to(executor_, std::move(request));
    }

    bool cancel_cleanup() override { return cancel_by(shield_); }

    Cleanup& cleanup_;
    asio::cancellation_signal shield_;
    bool has_started_ = false;
    Executor executor_;
    std::source_location where_;
    pending_cleanup pending_;
};

/// The coroutine behind `awaitable | finally(cleanup)`. Its cancellation neither reaches the
/// cleanup nor keeps it from being awaited (X3): the slot is not handed on, and throw_if_cancelled
/// is off meanwhile. What the coroutine knows of its cancellation stays.
template <class T, class Executor, class Cleanup>
asio::awaitable<T, Executor> finally_awaitable(asio::awaitable<T, Executor> operation,
                                               cleanup_holder<Cleanup, false> cleanup,
                                               std::source_location where)
{
    const auto executor = co_await asio::this_coro::executor;
    cleanup_due<Executor, Cleanup> due(cleanup.get(), executor, where);
    std::optional<std::conditional_t<std::is_void_v<T>, char, T>> value;
    std::exception_ptr original;
    try {
        if constexpr (std::is_void_v<T>)
            co_await std::move(operation);
        else
            value.emplace(co_await std::move(operation));
    } catch (...) {
        original = std::current_exception();
    }

    std::optional<reason> why;
    due.starts();
    if constexpr (is_asynchronous<Cleanup>) {
        returned<typename cleanup_traits<Cleanup>::result> adopted;
        try {
            if (!is_empty_callable(cleanup.get()))
                adopted.emplace_from(
                    [&]() -> decltype(auto) { return call_cleanup(cleanup.get(), due); });
        } catch (...) {
            why = std::current_exception();
        }
        if (adopted) {
            const bool throws = co_await asio::this_coro::throw_if_cancelled();
            co_await asio::this_coro::throw_if_cancelled(false);
            try {
                auto waiting = wait_for_adoptable<Executor>(*adopted, executor, due.shield(), why);
                co_await std::move(waiting);
            } catch (...) {
                why = std::current_exception();
            }
            co_await asio::this_coro::throw_if_cancelled(throws);
        }
    } else {
        try {
            run_cleanup(cleanup.get(), due);
        } catch (...) {
            why = std::current_exception();
        }
    }
    cleanup.release();
    due.ended();

    if (why) {
        count_failed_cleanup();
        if constexpr (is_infallible<Cleanup>) {
            // Not the cleanup's failure: memory that ran out for what was to wait for it.
            emit(report_kind::cleanup_failed, *why, where, report_context_of(executor));
            why.reset();
        }
    }
    if (why) {
        if (original)
            why->suppress(std::move(original));
        // An exception cannot carry what it displaced.
        report_displaced(*why, where, report_context_of(executor));
        why->rethrow();
    }
    if (original)
        std::rethrow_exception(original);
    if constexpr (!std::is_void_v<T>)
        co_return std::move(*value);
}

} // namespace settle::detail
