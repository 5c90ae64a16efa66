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
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/assert.hpp>

#include <concepts>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace boost::asio {

class thread_pool;

} // namespace boost::asio

namespace settle::detail {

/// An executor, on behalf of all that run their continuations on it: found or made once for each
/// promise that has no parent, and then passed on as one pointer.
template <class Executor>
class executor_home final : public executor_home_base, public recycled<executor_home<Executor>> {
public:
    using executor_home_base::executor_home_base;

    executor_home(const Executor& executor, const context_ref& context)
        : executor_home_base(context)
        , executor_(executor)
    {
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

    /// The context's own, and the context has no locks: the user sees to it that one thread has all
    /// that belongs to it.
    [[nodiscard]] bool is_on_one_thread() const noexcept { return on_one_thread_; }

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
        on_one_thread_ = on_one_thread;
    }

    /// Its address tells one type of executor from another.
    static inline const char kind = 0;

private:
    void context_died() noexcept override { executor_.reset(); }
    void destroy() noexcept override { delete this; }

    std::optional<Executor> executor_;
    ready_queue* queue_ = nullptr;
    std::uint64_t generation_ = 0; // guarded by the mutex of the record
    bool on_one_thread_ = false;
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

/// An executor of one of Asio's contexts.
template <class Executor>
concept executor_of_asio =
    boost::asio::can_query<const Executor&, boost::asio::execution::context_t>::value && requires {
        requires std::same_as<std::remove_cvref_t<typename boost::asio::query_result<
                                  const Executor&, boost::asio::execution::context_t>::type>,
                              boost::asio::io_context> ||
                     std::same_as<std::remove_cvref_t<typename boost::asio::query_result<
                                      const Executor&, boost::asio::execution::context_t>::type>,
                                  boost::asio::thread_pool>;
    };

/// Calls `use` with the executor that is behind this one, if it is that which its context gives
/// out: without any property of its own. Returns whether it is.
template <class Executor, class Use>
bool with_plain_executor(const Executor& executor, Use use)
{
    if constexpr (executor_of_asio<Executor>) {
        auto& context = boost::asio::query(executor, boost::asio::execution::context);
        if constexpr (std::same_as<Executor,
                                   std::remove_cvref_t<decltype(context.get_executor())>>) {
            if (executor == context.get_executor()) {
                use(context, executor);
                return true;
            }
        }
    } else if constexpr (requires {
                             executor.template target<boost::asio::io_context::executor_type>();
                         }) {
        if (const auto* behind = executor.template target<boost::asio::io_context::executor_type>())
            return with_plain_executor(*behind, std::move(use));
    }
    return false;
}

/// The home of a context's own executor, as the context's record keeps it for every type that
/// executor is known by.
template <class Executor, class Plain>
[[nodiscard]] executor_home<Executor>* kept_home(context_service& service, const Executor& executor,
                                                 const Plain& plain, bool on_one_thread)
{
    auto& record = *service.record();
    const std::lock_guard alone(record.mutex);
    auto* home = static_cast<executor_home<Executor>*>(
        find_kept_home(record, &executor_home<Executor>::kind));
    if (!home) {
        home = new executor_home<Executor>(record, &executor_home<Executor>::kind);
        keep_home(record, *home);
    }
    auto& queue = service.queue([&] { return new executor_queue<Plain>(plain); });
    home->become(executor, queue, service.context().generation, on_one_thread);
    return home;
}

} // namespace settle::detail
