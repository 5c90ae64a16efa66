// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The ways to wait for an operation with a cleanup: each has
//
//     static constexpr outcome_form form;            what it makes of a failure
//     static auto begin(guarded_run&, cleanup);      starts; what it returns is called after the
//     loop
//
// and each is cancelled by run.signal.

#include "end_of.hpp"
#include "guarded_run.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/context/fiber.hpp>

#include <chrono>
#include <future>
#include <tuple>
#include <type_traits>
#include <utility>

namespace support {

enum class outcome_form {
    code,      // an error_code beside the values
    exception, // the exception itself
    reason,    // a settle::reason
    tuple,     // the operation's error_code as a value, the cleanup's exception thrown
};

namespace ways {

namespace asio = boost::asio;

inline constexpr auto nothing_left = [] {};

/// Keeps the tuple that as_tuple made.
template <class Run, class... Values>
void keep_tuple(Run& run, std::tuple<settle::error_code, Values...> all)
{
    run.seen.code = std::get<0>(all);
    if constexpr (sizeof...(Values) == 0)
        run.seen.value.emplace();
    else
        run.seen.value.emplace(std::get<1>(std::move(all)));
}

/// Calls `wait` and keeps what it returns or throws.
template <class Run, class Wait>
void keep_result(Run& run, Wait wait)
{
    try {
        if constexpr (std::is_void_v<decltype(wait())>) {
            wait();
            run.seen.value.emplace();
        } else {
            run.seen.value.emplace(wait());
        }
    } catch (const boost::context::detail::forced_unwind&) {
        throw;
    } catch (...) {
        run.seen.exception = std::current_exception();
    }
    run.completed();
}

template <class Run>
class callback_handler {
public:
    explicit callback_handler(Run& run)
        : run_(&run)
    {
    }

    void operator()(settle::error_code code) const
    {
        run_->seen.code = code;
        run_->seen.value.emplace();
        run_->completed();
    }

    template <class Value>
    void operator()(settle::error_code code, Value&& value) const
    {
        run_->seen.code = code;
        run_->seen.value.emplace(std::forward<Value>(value));
        run_->completed();
    }

private:
    Run* run_;
};

template <class Run>
auto callback_of(Run& run)
{
    return asio::bind_cancellation_slot(run.signal.slot(), callback_handler<Run>(run));
}

struct callback {
    static constexpr auto form = outcome_form::code;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        run.start(settle::finally(cleanup, callback_of(run)));
        return nothing_left;
    }
};

struct deferred_token {
    static constexpr auto form = outcome_form::code;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        auto guarded = run.start(settle::finally(cleanup, asio::deferred));
        std::move(guarded)(callback_of(run));
        return nothing_left;
    }
};

struct piped {
    static constexpr auto form = outcome_form::code;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        auto guarded = run.start(asio::deferred) | settle::finally(cleanup);
        std::move(guarded)(callback_of(run));
        return nothing_left;
    }
};

/// What waits for a future, whose loop has run out.
template <class Run, class Value>
auto kept_from(Run& run, std::future<Value> result)
{
    return [&run, result = std::move(result)]() mutable {
        BOOST_REQUIRE((result.wait_for(std::chrono::seconds(0)) == std::future_status::ready));
        keep_result(run, [&] { return result.get(); });
    };
}

struct future {
    static constexpr auto form = outcome_form::exception;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        return kept_from(
            run, run.start(settle::finally(
                     cleanup, asio::bind_cancellation_slot(run.signal.slot(), asio::use_future))));
    }
};

/// For operations that post their own steps to the handler's executor, which is a future's only
/// when one is bound to it: without one they go on in system_executor's threads.
struct future_at_home {
    static constexpr auto form = outcome_form::exception;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        return kept_from(
            run, run.start(settle::finally(
                     cleanup, asio::bind_executor(run.context.get_executor(),
                                                  asio::bind_cancellation_slot(
                                                      run.signal.slot(), asio::use_future)))));
    }
};

struct promise {
    static constexpr auto form = outcome_form::reason;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        auto result = run.start(settle::finally(
            cleanup, asio::bind_cancellation_slot(run.signal.slot(), settle::use_promise)));
        return [&run, result = std::move(result)]() mutable {
            auto end = end_of(run.context, std::move(result));
            if (end.has_error())
                run.seen.why = end.error();
            else if constexpr (std::is_void_v<typename decltype(end)::value_type>)
                run.seen.value.emplace();
            else
                run.seen.value.emplace(std::move(*end));
            run.completed();
        };
    }
};

/// Spawns a coroutine that can be cancelled.
template <class Run>
void spawn_coroutine(Run& run, asio::awaitable<void> body)
{
    asio::co_spawn(run.context, std::move(body),
                   asio::bind_cancellation_slot(run.signal.slot(), asio::detached));
}

struct coroutine {
    static constexpr auto form = outcome_form::exception;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        spawn_coroutine(run, body(run, cleanup));
        return nothing_left;
    }

private:
    template <class Run, class Cleanup>
    static asio::awaitable<void> body(Run& run, Cleanup cleanup)
    {
        try {
            if constexpr (std::is_void_v<decltype(wait(run, cleanup).await_resume())>) {
                co_await wait(run, cleanup);
                run.seen.value.emplace();
            } else {
                run.seen.value.emplace(co_await wait(run, cleanup));
            }
        } catch (...) {
            run.seen.exception = std::current_exception();
        }
        run.completed();
    }

    template <class Run, class Cleanup>
    static auto wait(Run& run, Cleanup cleanup)
    {
        return run.start(settle::finally(cleanup, asio::use_awaitable));
    }
};

/// finally(cleanup, as_tuple(token)): the cleanup's failure is in the tuple, too.
struct tuple_inside {
    static constexpr auto form = outcome_form::code;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        spawn_coroutine(run, body(run, cleanup));
        return nothing_left;
    }

private:
    template <class Run, class Cleanup>
    static asio::awaitable<void> body(Run& run, Cleanup cleanup)
    {
        keep_tuple(
            run, co_await run.start(settle::finally(cleanup, asio::as_tuple(asio::use_awaitable))));
        run.completed();
    }
};

/// as_tuple(finally(cleanup, token)): the tuple is the operation's alone.
struct tuple_outside {
    static constexpr auto form = outcome_form::tuple;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        spawn_coroutine(run, body(run, cleanup));
        return nothing_left;
    }

private:
    template <class Run, class Cleanup>
    static asio::awaitable<void> body(Run& run, Cleanup cleanup)
    {
        try {
            keep_tuple(run, co_await run.start(
                                asio::as_tuple(settle::finally(cleanup, asio::use_awaitable))));
        } catch (...) {
            run.seen.exception = std::current_exception();
        }
        run.completed();
    }
};

/// Runs `body` on a stack of its own.
template <class Run, class Body>
void spawn_stackful(Run& run, Body body)
{
    asio::spawn(run.context, std::move(body),
                asio::bind_cancellation_slot(run.signal.slot(), asio::detached));
}

struct yield {
    static constexpr auto form = outcome_form::exception;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        spawn_stackful(run, [&run, cleanup](asio::yield_context yield) {
            keep_result(run, [&] { return run.start(settle::finally(cleanup, yield)); });
        });
        return nothing_left;
    }
};

struct yield_with_code {
    static constexpr auto form = outcome_form::code;

    template <class Run, class Cleanup>
    static auto begin(Run& run, Cleanup cleanup)
    {
        spawn_stackful(run, [&run, cleanup](asio::yield_context yield) {
            settle::error_code code;
            keep_result(run, [&] { return run.start(settle::finally(cleanup, yield[code])); });
            run.seen.code = code;
        });
        return nothing_left;
    }
};

} // namespace ways

} // namespace support
