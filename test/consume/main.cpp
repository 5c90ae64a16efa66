// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/finally.hpp>
#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdio>

int main()
{
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
    int cleanups = 0;
    bool waited = false;
    int answer = 0;

    auto count = [&cleanups] { ++cleanups; };
    auto done = [&waited](boost::system::error_code error) { waited = !error; };
    timer.async_wait(settle::finally(count, done));

    settle::resolved(context, 41)
        .then([](int value) { return value + 1; })
        .finally(count)
        .then([&answer](int value) { answer = value; })
        .detach();

    context.run();

    if (!waited || answer != 42 || cleanups != 2) {
        std::fprintf(stderr, "waited %d, answer %d, cleanups %d\n", waited, answer, cleanups);
        return 1;
    }
    std::puts("ok");
}
