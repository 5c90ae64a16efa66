// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "mischief.hpp"

#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/errc.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace echo {
namespace {

namespace asio = boost::asio;

/// A cleanup that calls `fail` when it is due, and is content otherwise.
template <class Fail>
auto failing_cleanups(const script& plan, Fail fail)
{
    return [&plan, fail, step = 0U](const asio::any_io_executor& executor,
                                    entry& booked) mutable -> cleanup {
        const bool now = step++ == plan.failing_step;
        return [&plan, &booked, fail, executor, now] {
            if (plan.after_failure ? !booked.operation_failed() : !now)
                return settle::promise<void>(settle::resolved(executor));
            booked.cleanup_fails();
            return fail(executor);
        };
    };
}

settle::promise<void> throw_mishap(const asio::any_io_executor&)
{
    throw mishap();
}

settle::promise<void> reject(const asio::any_io_executor& executor)
{
    return settle::rejected<void>(executor, make_error_code(boost::system::errc::io_error));
}

cleanup slow_cleanup(const asio::any_io_executor& executor, entry&)
{
    const auto timer = std::make_shared<asio::steady_timer>(executor, milliseconds(2));
    return [timer] { return timer->async_wait(settle::use_promise); };
}

} // namespace

session_terms terms_for(const script& plan, account& books, milliseconds patience)
{
    session_terms terms;
    terms.books = &books;
    // Generous where time is not what is tried: the machine may be slow.
    terms.idle = std::chrono::seconds(20);
    terms.farewell = std::chrono::seconds(20);
    if (plan.kind == peer_kind::falls_silent)
        terms.idle = patience;
    terms.where = all_kinds()[static_cast<std::size_t>(plan.kind)].where;
    if (plan.kind == peer_kind::cleanup_throws)
        terms.further = failing_cleanups(plan, throw_mishap);
    else if (plan.kind == peer_kind::cleanup_rejects)
        terms.further = failing_cleanups(plan, reject);
    else if (plan.kind == peer_kind::cleanup_takes_time)
        terms.further = slow_cleanup;
    return terms;
}

} // namespace echo
