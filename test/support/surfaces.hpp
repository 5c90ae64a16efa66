// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// The surfaces that finally has, behind one function each:
//
//     start(context, operation, cleanup, end);
//
// starts the operation with the cleanup, and at last calls end(why), where why points to the
// reason, or nowhere.

#include "manual_operation.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <source_location>
#include <tuple>
#include <utility>

namespace support {

using plain_operation = manual_operation<void(settle::error_code)>;

struct token_surface {
    static constexpr bool is_promise = false;

    template <class Cleanup, class End>
    static void start(boost::asio::io_context&, plain_operation& operation, Cleanup cleanup,
                      End end, std::source_location where = std::source_location::current())
    {
        operation.async_run(settle::finally(
            std::move(cleanup),
            [end](settle::error_code ec) {
                const settle::reason why(ec);
                end(ec ? &why : nullptr);
            },
            where));
    }
};

struct pipe_surface {
    static constexpr bool is_promise = false;

    template <class Cleanup, class End>
    static void start(boost::asio::io_context&, plain_operation& operation, Cleanup cleanup,
                      End end, std::source_location where = std::source_location::current())
    {
        auto piped =
            operation.async_run(boost::asio::deferred) | settle::finally(std::move(cleanup), where);
        std::move(piped)([end](settle::error_code ec) {
            const settle::reason why(ec);
            end(ec ? &why : nullptr);
        });
    }
};

struct promise_surface {
    static constexpr bool is_promise = true;

    template <class Cleanup, class End>
    static void start(boost::asio::io_context&, plain_operation& operation, Cleanup cleanup,
                      End end, std::source_location where = std::source_location::current())
    {
        operation.async_run(settle::use_promise)
            .finally(std::move(cleanup), where)
            .then([end] { end(nullptr); }, [end](const settle::reason& why) { end(&why); })
            .detach();
    }
};

struct awaitable_surface {
    static constexpr bool is_promise = false;

    static boost::asio::awaitable<void> wait(plain_operation& operation)
    {
        co_await operation.async_run(boost::asio::use_awaitable);
    }

    template <class Cleanup, class End>
    static void start(boost::asio::io_context& context, plain_operation& operation, Cleanup cleanup,
                      End end, std::source_location where = std::source_location::current())
    {
        // Not by finally(): a compiler that destroys temporaries twice has it refuse lambdas here.
        settle::partial_finally<Cleanup> guarded(std::in_place, std::move(cleanup), where);
        boost::asio::co_spawn(context, wait(operation) | std::move(guarded),
                              [end](std::exception_ptr failure) {
                                  const settle::reason why(failure);
                                  end(failure ? &why : nullptr);
                              });
        // A coroutine begins on its executor.
        context.restart();
        context.poll();
    }
};

using surfaces = std::tuple<token_surface, pipe_surface, promise_surface, awaitable_surface>;

} // namespace support
