// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// One real operation with a cleanup, run once: what is counted and what its cleanups do. How it is
// waited for is in ways_to_wait.hpp, what must come of it in operation_matrix.hpp.

#include "report_collector.hpp"
#include "values.hpp"

#include <settle/finally.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace support {

/// How an operation ends.
enum class ending { succeeds, peer_closes, peer_resets, refused, cancelled };

[[nodiscard]] inline std::string to_string(ending how)
{
    constexpr const char* names[]{"succeeds", "peer closes", "peer resets", "refused", "cancelled"};
    return names[static_cast<int>(how)];
}

/// What its cleanup does: returns, throws, yields an operation of its own or a coroutine that waits
/// for one.
enum class tidying { returns, throws, operation, coroutine, coroutine_throws };

[[nodiscard]] inline std::string to_string(tidying how)
{
    constexpr const char* names[]{"returns", "throws", "yields an operation", "is a coroutine",
                                  "is a coroutine that throws"};
    return names[static_cast<int>(how)];
}

/// What came out: a code, an exception or a promise's reason, and the values that came with it.
template <class Value>
struct result_seen {
    std::optional<settle::error_code> code;
    std::exception_ptr exception;
    std::optional<settle::reason> why;
    std::optional<std::conditional_t<std::is_void_v<Value>, std::monostate, Value>> value;
};

/// One run of one operation. The Operation provides
///
///     using value_type;                     what it completes with besides the error_code
///     Operation(asio::io_context&, ending);
///     auto start(token);                    starts it
///     void provoke(cancellation_signal&);   makes it end so
///     auto tidy(token);                     what an asynchronous cleanup starts
///     void close();                         what a synchronous one does, where there is a need
template <class Operation>
struct guarded_run {
    explicit guarded_run(ending how)
        : operation(context, how)
    {
        context.restart();
    }

    template <class Token>
    auto start(Token&& token)
    {
        started = true;
        return operation.start(std::forward<Token>(token));
    }

    void completed()
    {
        ++completions;
        overlapped = overlapped || cleanups_ended != cleanups;
    }

    boost::asio::io_context context;
    report_collector reports;
    Operation operation;
    boost::asio::cancellation_signal signal;
    result_seen<typename Operation::value_type> seen;
    bool started = false;
    int cleanups = 0;
    int cleanups_ended = 0;
    int completions = 0;
    bool cleanup_at_home = true;
    bool overlapped = false; // downstream ran before the cleanup had ended (F15)
};

// The cleanups. Named types, so that every way of waiting shares what is instantiated, and trivial
// ones, which GCC 12 does not destroy twice.

template <class Run>
class synchronous_cleanup {
public:
    synchronous_cleanup(Run& run, tidying how)
        : run_(&run)
        , how_(how)
    {
    }

    void operator()() const
    {
        ++run_->cleanups;
        ++run_->cleanups_ended;
        if constexpr (requires { run_->operation.close(); })
            run_->operation.close();
        if (how_ == tidying::throws)
            throw cleanup_error();
    }

private:
    Run* run_;
    tidying how_;
};

template <class Run>
class operation_cleanup {
public:
    operation_cleanup(Run& run, tidying)
        : run_(&run)
    {
    }

    auto operator()() const
    {
        ++run_->cleanups;
        return run_->operation.tidy(settle::finally(counts_end(*run_), boost::asio::deferred));
    }

private:
    class counts_end {
    public:
        explicit counts_end(Run& run)
            : run_(&run)
        {
        }

        void operator()() const noexcept { ++run_->cleanups_ended; }

    private:
        Run* run_;
    };

    Run* run_;
};

template <class Run>
class coroutine_cleanup {
public:
    coroutine_cleanup(Run& run, tidying how)
        : run_(&run)
        , how_(how)
    {
    }

    boost::asio::awaitable<void> operator()() const
    {
        const counts_end at_the_end(*run_);
        ++run_->cleanups;
        const auto executor = co_await boost::asio::this_coro::executor;
        run_->cleanup_at_home = executor == run_->context.get_executor();
        co_await run_->operation.tidy(boost::asio::use_awaitable);
        if (how_ == tidying::coroutine_throws)
            throw cleanup_error();
    }

private:
    class counts_end {
    public:
        explicit counts_end(Run& run)
            : run_(&run)
        {
        }
        counts_end(const counts_end&) = delete;
        counts_end& operator=(const counts_end&) = delete;
        ~counts_end() { ++run_->cleanups_ended; }

    private:
        Run* run_;
    };

    Run* run_;
    tidying how_;
};

} // namespace support
