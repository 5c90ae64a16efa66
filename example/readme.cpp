// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/settle.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;

int main()
{
    asio::io_context context;
    asio::steady_timer work(context, std::chrono::milliseconds(2)), farewell(context);
    auto say_goodbye = [&]() -> asio::awaitable<void> {
        farewell.expires_after(std::chrono::milliseconds(2));
        co_await farewell.async_wait(asio::use_awaitable);
        std::cout << "goodbye said\n";
    };

    work.async_wait(settle::use_promise)
        .then([] {
            std::cout << "worked\n";
            throw std::runtime_error("disk full");
        })
        .finally(say_goodbye) // is waited for, and lets the error pass
        .catch_([](const std::runtime_error& e) { std::cout << "failed: " << e.what() << '\n'; })
        .finally([] { std::cout << "lights out\n"; })
        .detach();

    context.run();
}
