// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_service.hpp>
#include <settle/detail/drainable.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/config.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace settle::detail {

/// Of one thread: the context that it has listed something in last.
struct last_drained {
    const void* context = nullptr;
    context_ref reference; // with a record, where there is a context
    drain_list* list = nullptr;

    BOOST_NOINLINE void list_slowly(drainable& listed, boost::asio::execution_context& of)
    {
        reference = boost::asio::use_service<context_service>(of).context();
        list = &drainable::list_of_this_thread(*reference.record);
        context = &of;
        listed.list_in(*list, reference.generation);
    }
};

SETTLE_READS_THREAD_LOCAL [[nodiscard]] inline last_drained& last_drained_by_this_thread() noexcept
{
    static constinit thread_local last_drained last;
    return last;
}

/// Lists what has an asynchronous cleanup. To look for the service of a context takes a lock, so
/// the thread remembers the last.
SETTLE_FORCE_INLINE void list_in_context(drainable& listed, boost::asio::execution_context& context)
{
    auto& last = last_drained_by_this_thread();
    if (last.context == &context &&
        last.reference.record->generation.load(std::memory_order_acquire) ==
            last.reference.generation) [[likely]]
        listed.list_in(*last.list, last.reference.generation);
    else
        last.list_slowly(listed, context);
}

/// Where the executor has a context.
template <class Executor>
void list_for_draining(drainable& listed, const Executor& executor)
{
    if (auto* const context = context_of(executor))
        list_in_context(listed, *context);
}

/// Cancels a cleanup by the signal that it is shielded by, if it has been started.
inline bool cancel_by(boost::asio::cancellation_signal& shield)
{
    if (!shield.slot().has_handler())
        return false;
    shield.emit(boost::asio::cancellation_type::terminal);
    return true;
}

/// It may be carried out on the way, where this thread runs the executor: nothing of the cleanup's
/// is used afterwards.
template <class Executor>
void take_request_to(const Executor& executor, std::shared_ptr<drain_request> request)
{
    boost::asio::dispatch(executor, [request = std::move(request)] { request->carry_out(); });
}

} // namespace settle::detail
