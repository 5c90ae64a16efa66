// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// awaitable | finally(cleanup), and the same for the deferred operations that a coroutine awaits.
//
// In two statements, because GCC 12 destroys the temporaries of a co_await expression twice.

#include <settle/finally.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace asio = boost::asio;

namespace {

void expect(bool holds, const char* what)
{
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    if (!holds)
        std::exit(1);
}

struct cannot_close : std::runtime_error {
    cannot_close()
        : std::runtime_error("cannot close")
    {
    }
};

asio::awaitable<int> answer(asio::steady_timer& timer)
{
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
    co_return 42;
}

asio::awaitable<void> value_passes(asio::steady_timer& timer)
{
    bool cleaned = false;
    auto cleanup = [&]() -> asio::awaitable<void> {
        timer.expires_after(std::chrono::milliseconds(2));
        co_await timer.async_wait(asio::use_awaitable);
        cleaned = true;
    };
    auto asking = answer(timer) | settle::finally(cleanup);
    const int value = co_await std::move(asking);
    expect(cleaned && value == 42, "a coroutine's value passes its cleanup");
}

asio::awaitable<void> cleanup_throws(asio::steady_timer& timer)
{
    timer.expires_after(std::chrono::milliseconds(2));
    auto cleanup = [] { throw cannot_close(); };
    auto waiting = timer.async_wait(asio::deferred) | settle::finally(cleanup);
    bool caught = false;
    try {
        co_await std::move(waiting)(asio::use_awaitable);
    } catch (const cannot_close&) {
        caught = true;
    }
    expect(caught, "what a cleanup throws arrives with its type");
}

void cleanup_is_shielded_from_cancellation()
{
    asio::io_context context;
    asio::steady_timer work(context, std::chrono::hours(1));
    asio::steady_timer farewell(context, std::chrono::milliseconds(2));
    bool said = false;
    boost::system::error_code outcome;

    const auto say_goodbye = [&]() -> asio::awaitable<void> {
        co_await farewell.async_wait(asio::use_awaitable);
        said = true;
    };
    const auto session = [&]() -> asio::awaitable<void> {
        co_await work.async_wait(asio::use_awaitable);
    };

    asio::cancellation_signal stop;
    const auto ended = [&](const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& e) {
            outcome = e.code();
        }
    };
    asio::co_spawn(context, session() | settle::finally(say_goodbye),
                   asio::bind_cancellation_slot(stop.slot(), ended));
    asio::post(context, [&] { stop.emit(asio::cancellation_type::terminal); });
    context.run();
    expect(said, "a cancelled coroutine's cleanup can still wait");
    expect(outcome == asio::error::operation_aborted, "and the coroutine stays cancelled");
}

} // namespace

int main()
{
    asio::io_context context;
    asio::steady_timer timer(context);
    const auto both = [&]() -> asio::awaitable<void> {
        co_await value_passes(timer);
        co_await cleanup_throws(timer);
    };
    const auto ended = [](const std::exception_ptr& failure) {
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(context, both, ended);
    context.run();

    cleanup_is_shielded_from_cancellation();
}
