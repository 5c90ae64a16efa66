// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_record.hpp>
#include <settle/detail/ready_queue.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/is_executor.hpp>
#include <boost/asio/query.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace boost::asio {

template <typename Blocking, typename Relationship, typename Allocator>
class basic_system_executor;

namespace detail {

template <typename T, typename Blocking>
class promise_executor;

} // namespace detail

} // namespace boost::asio

namespace settle::detail {

/// Executors of the system context: to ask for it would start its threads, and it does not die
/// before the program does. That of use_future is one.
template <class Executor>
inline constexpr bool runs_on_system = false;

template <class Blocking, class Relationship, class Allocator>
inline constexpr bool
    runs_on_system<boost::asio::basic_system_executor<Blocking, Relationship, Allocator>> = true;

template <class T, class Blocking>
inline constexpr bool runs_on_system<boost::asio::detail::promise_executor<T, Blocking>> = true;

/// Ties a context_record to the lifetime of an execution context.
class SETTLE_DECL context_service final : public boost::asio::execution_context::service {
public:
    static inline boost::asio::execution_context::id id;

    explicit context_service(boost::asio::execution_context& context)
        : service(context)
        , record_(acquire_context_record(&context))
    {
    }

    ~context_service() override
    {
        // Asio does not shut down a service that is first used while its context is being
        // destroyed.
        if (!retired_)
            retire();
        if (queue_)
            queue_->end();
        recycle_context_record(record_);
    }

    [[nodiscard]] context_record* record() const noexcept { return record_; }

    /// The context as it is now: one that is shutting down is no more.
    [[nodiscard]] context_ref context() const noexcept
    {
        const context_ref now(record_);
        return retired_ ? context_ref(record_, now.generation - 1) : now;
    }

    /// The queue of the context's own executor. With the mutex of the record held.
    template <class Make>
    [[nodiscard]] ready_queue& queue(Make make)
    {
        if (!queue_)
            queue_ = make();
        return *queue_;
    }

private:
    void shutdown() override { retire(); }

    void retire() noexcept
    {
        retired_ = true;
        retire_context_record(record_);
        if (queue_)
            queue_->abandon();
        end_homes(*record_);
    }

    context_record* record_;
    ready_queue* queue_ = nullptr;
    bool retired_ = false;
};

template <class Executor>
concept executor_with_context =
    boost::asio::can_query<const Executor&, boost::asio::execution::context_t>::value &&
    std::is_convertible_v<decltype(boost::asio::query(std::declval<const Executor&>(),
                                                      boost::asio::execution::context)),
                          boost::asio::execution_context&>;

/// Has a context that settle may ask for.
template <class Executor>
inline constexpr bool has_context =
    !runs_on_system<Executor> && (executor_with_context<Executor> || requires(const Executor& e) {
        { e.context() } -> std::convertible_to<boost::asio::execution_context&>;
    });

/// The context of an executor; null for one that has none, or that of the system.
template <class Executor>
[[nodiscard]] boost::asio::execution_context* context_of(const Executor& executor)
{
    if constexpr (!has_context<Executor>) {
        return nullptr;
    } else if constexpr (executor_with_context<Executor>) {
        if constexpr (requires { static_cast<bool>(executor); }) {
            if (!static_cast<bool>(executor)) // an empty any_io_executor
                return nullptr;
        }
        boost::asio::execution_context& context =
            boost::asio::query(executor, boost::asio::execution::context);
        return &context;
    } else {
        boost::asio::execution_context& context = executor.context();
        return &context;
    }
}

/// The weak reference to an executor's context, made once for each promise that has no parent.
template <class Executor>
[[nodiscard]] context_ref context_ref_of(const Executor& executor)
{
    if (auto* const context = context_of(executor))
        return boost::asio::use_service<context_service>(*context).context();
    return {};
}

/// The same as an address: the context may be dying, or gone.
template <class Executor>
[[nodiscard]] const void* address_of_context_of(const Executor& executor) noexcept
{
    return context_of(executor);
}

/// Where reports about an executor go. The context is not touched.
template <class Executor>
[[nodiscard]] context_record* report_context_of(const Executor& executor) noexcept
{
    return find_context_record(address_of_context_of(executor));
}

} // namespace settle::detail

namespace settle {

/// Sets the report handler for one context and returns the previous one (empty where there was
/// none). Reports that belong to the context go to it and not to the global handler; an empty
/// handler removes it.
///
/// Thread safety: safe.
inline report_handler set_report_handler(boost::asio::execution_context& context,
                                         report_handler handler)
{
    auto& service = boost::asio::use_service<detail::context_service>(context);
    return detail::exchange_report_handler(service.record(), std::move(handler));
}

} // namespace settle
