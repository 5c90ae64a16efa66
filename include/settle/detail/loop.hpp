// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_service.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/own_executor.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/is_executor.hpp>
#include <boost/asio/post.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace settle::detail {

struct nothing {};

/// A queued continuation, owned by the executor's queue.
class ready_continuation {
public:
    explicit ready_continuation(continuation& ready) noexcept
        : continuation_(&ready)
    {
    }

    ready_continuation(ready_continuation&& other) noexcept
        : continuation_(std::exchange(other.continuation_, nullptr))
    {
    }

    ready_continuation& operator=(ready_continuation&&) = delete;

    // The queue was destroyed before it could run.
    ~ready_continuation()
    {
        if (continuation_)
            drop_continuation(continuation_);
    }

    void operator()() { std::exchange(continuation_, nullptr)->run(); }

private:
    continuation* continuation_;
};

/// Where continuations run: an executor, and whether its context still lives.
///
/// This is the queue of ready continuations as the rest of settle sees it: enqueue() is all there
/// is to it. It posts each continuation by itself for now.
template <class Executor>
class loop {
public:
    using executor_type = Executor;

    explicit loop(const Executor& executor)
        : executor_(executor)
        , context_(context_ref_of(executor))
    {
    }

    template <class Other>
        requires std::convertible_to<const Other&, Executor>
    loop(const loop<Other>& other)
        : executor_(other.executor())
        , context_(other.context())
    {
    }

    loop(const Executor& executor, const context_ref& context)
        : executor_(executor)
        , context_(context)
    {
    }

    [[nodiscard]] const Executor& executor() const noexcept { return executor_; }
    [[nodiscard]] const context_ref& context() const noexcept { return context_; }
    [[nodiscard]] bool alive() const noexcept { return context_.alive(); }

    /// Where a report goes: to the context's handler while there is one.
    [[nodiscard]] context_record* report_context() const noexcept { return context_.for_reports(); }

    /// The continuation, and a loop that lives in it, may be gone on return. Running out of memory
    /// here would lose it, so that ends the program.
    void enqueue(continuation& ready) const noexcept
    {
        if (alive())
            boost::asio::post(executor_, ready_continuation(ready));
        else
            drop_continuation(&ready);
    }

private:
    Executor executor_;
    context_ref context_;
};

/// The loop on which a handler is called: its associated executor's, else the promise's.
template <class Handler, class Executor>
[[nodiscard]] auto loop_of(const Handler& handler, const loop<Executor>& fallback)
{
    if constexpr (has_associated_executor<Handler>) {
        using associated =
            std::decay_t<typename boost::asio::associated_executor<Handler, Executor>::type>;
        return loop<associated>(
            boost::asio::associated_executor<Handler, Executor>::get(handler, fallback.executor()));
    } else {
        return fallback;
    }
}

template <class Handler, class Executor>
using loop_of_t = std::decay_t<decltype(loop_of(std::declval<const Handler&>(),
                                                std::declval<const loop<Executor>&>()))>;

template <class X>
concept execution_context_like =
    std::derived_from<std::remove_cvref_t<X>, boost::asio::execution_context>;

/// Accepts an execution context wherever an executor is.
template <class X>
[[nodiscard]] auto as_executor(X&& x)
{
    if constexpr (execution_context_like<X>)
        return x.get_executor();
    else
        return std::decay_t<X>(std::forward<X>(x));
}

template <class X>
using executor_from_t = decltype(as_executor(std::declval<X>()));

template <class X>
concept executor_or_context =
    execution_context_like<X> || boost::asio::is_executor<std::decay_t<X>>::value ||
    boost::asio::execution::is_executor<std::decay_t<X>>::value;

} // namespace settle::detail
