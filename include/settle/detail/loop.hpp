// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_service.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/executor_home.hpp>
#include <settle/detail/own_executor.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/is_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/assert.hpp>
#include <boost/config.hpp>

#include <concepts>
#include <cstdint>
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

/// Where continuations run: an executor, and whether its context still lives. Two words, whatever
/// the executor.
///
/// This is the queue of ready continuations as the rest of settle sees it: enqueue() is all there
/// is to it.
template <class Executor>
class loop {
    using home_type = executor_home<Executor>;

public:
    using executor_type = Executor;

    /// Complexity: no allocation for the executor of an io_context or a thread_pool, as such or in
    /// an any_io_executor; else one.
    explicit loop(const Executor& executor)
    {
        const auto find = [&](auto& context, const auto& behind) {
            find_in(context, executor, behind);
        };
        if (with_queueing_context(executor, find))
            return;
        const auto context = context_ref_of(executor);
        home_ = new home_type(executor, context, nullptr);
        generation_ = context.generation;
    }

    /// Whose context is no more.
    [[nodiscard]] static loop of_no_context() noexcept { return loop(); }

    loop(const loop& other) noexcept
        : home_(other.home_)
        , generation_(other.generation_)
    {
        if (home_)
            home_->add_owner();
    }

    loop(loop&& other) noexcept
        : home_(std::exchange(other.home_, nullptr))
        , generation_(other.generation_)
    {
    }

    /// One whose context is no more does not live either.
    template <class Other>
        requires std::convertible_to<const Other&, Executor>
    loop(const loop<Other>& other)
        : loop(other.alive() ? loop(Executor(other.executor())) : loop())
    {
    }

    loop& operator=(loop other) noexcept
    {
        std::swap(home_, other.home_);
        std::swap(generation_, other.generation_);
        return *this;
    }

    ~loop()
    {
        if (home_)
            home_->release();
    }

    /// While it lives.
    [[nodiscard]] const Executor& executor() const noexcept
    {
        BOOST_ASSERT_MSG(home_, "settle: a moved-from handle is asked for its executor");
        return home_->executor();
    }

    [[nodiscard]] context_ref context() const noexcept
    {
        return context_ref(home_ ? home_->record() : nullptr, generation_);
    }

    [[nodiscard]] bool alive() const noexcept { return home_ && context().alive(); }

    /// For the states of promises: that of the context, if it has one.
    [[nodiscard]] thread_bias* bias() const noexcept { return home_ ? home_->bias() : nullptr; }

    /// Whether the two run on one queue.
    template <class Other>
    [[nodiscard]] bool shares_queue_with(const loop<Other>& other) const noexcept
    {
        return home_ && other.home_ && home_->queue() && home_->queue() == other.home_->queue();
    }

    /// Where a report goes: to the context's handler while there is one.
    [[nodiscard]] context_record* report_context() const noexcept
    {
        return context().for_reports();
    }

    /// The continuation, and a loop that lives in it, may be gone on return.
    void enqueue(continuation& ready) const noexcept
    {
        if (!alive())
            return drop_continuation(&ready);
        auto* const queue = home_->queue();
        if constexpr (!is_contexts_own<Executor>) {
            if (!queue) // running out of memory here would lose it, so that ends the program
                return boost::asio::post(executor(), ready_continuation(ready));
        }
        queue->push(ready);
    }

private:
    template <class>
    friend class loop;

    // The one that this thread has found last.
    struct last_found {
        const void* context = nullptr;
        home_type* home = nullptr;
        std::uint64_t generation = 0;
    };

    loop() noexcept = default;

    template <class Context, class Behind>
    SETTLE_READS_THREAD_LOCAL void find_in(Context& context, const Executor& executor,
                                           const Behind& behind)
    {
        static constinit thread_local last_found last;
        if (!is_plain(context, behind)) {
            make_home(context, executor);
        } else if (last.context == &context &&
                   context_ref(last.home->record(), last.generation).alive()) [[likely]] {
            home_ = last.home;
            generation_ = last.generation;
        } else {
            look_up(context, executor, last);
        }
    }

    template <class Context>
    BOOST_NOINLINE void make_home(Context& context, const Executor& executor)
    {
        auto& service = boost::asio::use_service<context_service>(context);
        home_ = counted_home(service, context, executor);
        generation_ = service.context().generation;
    }

    template <class Context>
    BOOST_NOINLINE void look_up(Context& context, const Executor& executor, last_found& last)
    {
        auto& service = boost::asio::use_service<context_service>(context);
        last.home = kept_home(service, context, executor);
        last.generation = service.context().generation;
        last.context = &context;
        home_ = last.home;
        generation_ = last.generation;
    }

    home_type* home_ = nullptr;
    std::uint64_t generation_ = 0;
};

/// The loop on which a handler is called: its associated executor's, else the promise's, itself.
template <class Handler, class Executor>
[[nodiscard]] decltype(auto) loop_of(const Handler& handler, const loop<Executor>& fallback)
{
    if constexpr (has_associated_executor<Handler>) {
        using associated =
            std::decay_t<typename boost::asio::associated_executor<Handler, Executor>::type>;
        // The fallback's context may be no more.
        if constexpr (std::same_as<associated, own_executor_t<Handler>>)
            return loop<associated>(boost::asio::associated_executor<Handler, absent_executor>::get(
                handler, absent_executor()));
        else if (!fallback.alive())
            return loop<associated>::of_no_context();
        else
            return loop<associated>(boost::asio::associated_executor<Handler, Executor>::get(
                handler, fallback.executor()));
    } else {
        return (fallback); // by reference
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

/// The loop of an executor, which is not copied for that, or of a context.
template <class Executor, class X>
[[nodiscard]] loop<Executor> loop_on(X& x)
{
    if constexpr (std::same_as<std::remove_const_t<X>, Executor>)
        return loop<Executor>(x);
    else
        return loop<Executor>(as_executor(x));
}

template <class X>
concept executor_or_context =
    execution_context_like<X> || boost::asio::is_executor<std::decay_t<X>>::value ||
    boost::asio::execution::is_executor<std::decay_t<X>>::value;

} // namespace settle::detail
