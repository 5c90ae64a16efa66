// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "report_collector.hpp"
#include "scripted_operation.hpp"
#include "values.hpp"

#include <settle/finally.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace support {

/// Runs stackful coroutines that wait for operations which end at once, as they are told.
struct stackful {
    boost::asio::io_context context;
    report_collector reports;
    int cleanups = 0;
    const std::exception_ptr failure = std::make_exception_ptr(operation_error());

    auto succeeds()
    {
        return [this] { ++cleanups; };
    }

    auto fails()
    {
        return [this] {
            ++cleanups;
            throw cleanup_error();
        };
    }

    auto succeeds_later()
    {
        return [this] {
            return boost::asio::post(context, boost::asio::deferred) | settle::finally(succeeds());
        };
    }

    auto fails_later()
    {
        return [this] {
            return boost::asio::post(context, boost::asio::deferred) | settle::finally(fails());
        };
    }

    auto infallible()
    {
        return [this]() noexcept { ++cleanups; };
    }

    /// Runs the body on a stack of its own, to its end.
    template <class Body>
    void in_a_coroutine(Body body)
    {
        bool ended = false;
        boost::asio::spawn(
            context,
            [&](boost::asio::yield_context yield) {
                body(yield);
                ended = true;
            },
            [](std::exception_ptr e) {
                if (e)
                    std::rethrow_exception(e);
            });
        context.run();
        context.restart();
        BOOST_TEST(ended);
    }

    /// An operation that ends with what it is given.
    template <class Signature, class Token, class... Args>
    auto ends(Token&& token, Args... args)
    {
        auto result = std::make_shared<std::tuple<Args...>>(std::move(args)...);
        return async_script<Signature>(
            context,
            [result](auto& h) {
                std::apply([&](auto&... as) { std::move(h)(std::move(as)...); }, *result);
            },
            std::forward<Token>(token));
    }

    /// The exception that a call ends with.
    template <class Call>
    static std::exception_ptr thrown_by(Call call)
    {
        try {
            call();
        } catch (const std::exception&) {
            return std::current_exception();
        }
        return nullptr;
    }
};

} // namespace support
