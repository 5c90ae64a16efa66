// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_record.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/ready_queue.hpp>
#include <settle/detail/recycled_memory.hpp>

#if __has_include(<boost/asio/config.hpp>)
#include <boost/asio/config.hpp>
#endif
#include <boost/asio/execution/any_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/assert.hpp>

#include <concepts>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// An executor, on behalf of all that run their continuations on it: found or made once for each
/// promise that has no parent, and then passed on as one pointer.
template <class Executor>
class executor_home final : public executor_home_base, public recycled<executor_home<Executor>> {
public:
    using executor_home_base::executor_home_base;

    /// Counted. Where the context is no more there is no executor to keep.
    executor_home(const Executor& executor, const context_ref& context, ready_queue* queue)
        : executor_home_base(context)
        , queue_(queue)
    {
        if (context.alive())
            executor_.emplace(executor);
    }

    /// While the context lives.
    [[nodiscard]] const Executor& executor() const noexcept
    {
        BOOST_ASSERT_MSG(executor_, "settle: an executor is asked for whose context is no more");
        return *executor_;
    }

    /// Where all that is ready on the executor waits; null where each continuation is posted by
    /// itself.
    [[nodiscard]] ready_queue* queue() const noexcept { return queue_; }

    /// For the promises of the context's own executor. Of a context without locks the user sees to
    /// it that one thread has all that belongs to it.
    [[nodiscard]] thread_bias* bias() const noexcept { return bias_; }

    /// Of one context after another. With the mutex of the record held.
    void become(const Executor& executor, ready_queue& queue, std::uint64_t generation,
                bool on_one_thread)
    {
        if (executor_ && generation_ == generation)
            return;
        executor_.reset();
        executor_.emplace(executor);
        queue_ = &queue;
        generation_ = generation;
        bias_ = on_one_thread ? &thread_bias::of_one_thread : &record()->bias;
    }

    /// Its address tells one type of executor from another.
    static inline const char kind = 0;

private:
    void context_died() noexcept override { executor_.reset(); }
    void destroy() noexcept override { delete this; }

    std::optional<Executor> executor_;
    ready_queue* queue_ = nullptr;
    std::uint64_t generation_ = 0; // guarded by the mutex of the record
    thread_bias* bias_ = nullptr;
};

/// Whether a context runs without locks: BOOST_ASIO_CONCURRENCY_HINT_UNSAFE, or since Boost 1.88
/// its configuration. (The hint 1 says who runs it, not who may post to it.)
[[nodiscard]] inline bool runs_without_locks(boost::asio::io_context& context)
{
#if __has_include(<boost/asio/config.hpp>)
    return !boost::asio::config(context).get("scheduler", "locking", true);
#else
    using scheduler = boost::asio::detail::io_context_impl;
    const int hint = boost::asio::use_service<scheduler>(context).concurrency_hint();
    return !BOOST_ASIO_CONCURRENCY_HINT_IS_LOCKING(SCHEDULER, hint);
#endif
}

template <class Context>
[[nodiscard]] bool runs_without_locks(Context&)
{
    return false;
}

/// A queue for one executor.
template <class Executor>
class executor_queue final : public ready_queue {
public:
    explicit executor_queue(const Executor& executor)
        : executor_(boost::asio::require(executor, boost::asio::execution::blocking.never))
    {
    }

private:
    // Running out of memory here would lose what is ready, so that ends the program.
    void post_drain() noexcept override { executor_.execute(drain(*this)); }

    std::decay_t<typename boost::asio::require_result<
        const Executor&, boost::asio::execution::blocking_t::never_t>::type>
        executor_;
};

/// The executors of Asio's contexts themselves, with whatever properties.
template <class Executor>
inline constexpr bool is_contexts_own = false;

template <class Allocator, auto Bits>
inline constexpr bool
    is_contexts_own<boost::asio::io_context::basic_executor_type<Allocator, Bits>> = true;

template <class Allocator, auto Bits>
inline constexpr bool
    is_contexts_own<boost::asio::thread_pool::basic_executor_type<Allocator, Bits>> = true;

/// Polymorphic executors, which look through to what they were given.
template <class Executor>
concept any_executor_like = requires(const Executor* executor) {
    []<class... Properties>(const boost::asio::execution::any_executor<Properties...>*) {
    }(executor);
};

template <class Executor, class Behind, class Use>
bool with_context_if_behind(const Executor& executor, Use& use)
{
    const auto* const behind = executor.template target<Behind>();
    if (!behind)
        return false;
    use(boost::asio::query(*behind, boost::asio::execution::context), *behind);
    return true;
}

template <class Executor>
using tracked_executor_t = std::decay_t<typename boost::asio::require_result<
    const Executor&, boost::asio::execution::outstanding_work_t::tracked_t>::type>;

/// Calls `use` with the context whose queue serves the executor, an io_context or a thread_pool,
/// and with the context's executor that is behind it. Returns whether there is one.
template <class Executor, class Use>
bool with_queueing_context(const Executor& executor, Use use)
{
    using io = boost::asio::io_context::executor_type;
    using pool = boost::asio::thread_pool::executor_type;
    if constexpr (is_contexts_own<Executor>) {
        use(boost::asio::query(executor, boost::asio::execution::context), executor);
        return true;
    } else if constexpr (any_executor_like<Executor>) {
        return with_context_if_behind<Executor, io>(executor, use) ||
               with_context_if_behind<Executor, tracked_executor_t<io>>(executor, use) ||
               with_context_if_behind<Executor, pool>(executor, use) ||
               with_context_if_behind<Executor, tracked_executor_t<pool>>(executor, use);
    } else {
        return false;
    }
}

/// Whether an executor is that which its context gives out, without any property of its own.
template <class Context, class Executor>
[[nodiscard]] bool is_plain(Context& context, const Executor& executor)
{
    if constexpr (std::same_as<Executor, typename Context::executor_type>)
        return executor == context.get_executor();
    else
        return false;
}

/// The queue of a context. With the mutex of the record held.
template <class Context>
[[nodiscard]] ready_queue& queue_of(context_service& service, Context& context)
{
    return service.queue([&] {
        return new executor_queue<typename Context::executor_type>(context.get_executor());
    });
}

/// The home of a context's own executor, as the context's record keeps it for every type that
/// executor is known by.
template <class Executor, class Context>
[[nodiscard]] executor_home<Executor>* kept_home(context_service& service, Context& context,
                                                 const Executor& executor)
{
    auto& record = *service.record();
    const std::lock_guard alone(record.mutex);
    auto* home = static_cast<executor_home<Executor>*>(
        find_kept_home(record, &executor_home<Executor>::kind));
    if (!home) {
        home = new executor_home<Executor>(record, &executor_home<Executor>::kind);
        keep_home(record, *home);
    }
    home->become(executor, queue_of(service, context), service.context().generation,
                 runs_without_locks(context));
    return home;
}

/// A home for an executor with properties. It has the context's queue, so that all that is on one
/// context runs in the order in which it got ready.
template <class Executor, class Context>
[[nodiscard]] executor_home<Executor>* counted_home(context_service& service, Context& context,
                                                    const Executor& executor)
{
    const auto now = service.context();
    ready_queue* queue = nullptr;
    {
        const std::lock_guard alone(service.record()->mutex);
        queue = &queue_of(service, context);
    }
    return new executor_home<Executor>(executor, now, queue);
}

} // namespace settle::detail
