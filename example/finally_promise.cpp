// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// std::move(promise).finally(cleanup): JavaScript's Promise.prototype.finally.

#include <settle/settle.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

void expect(bool holds, const char* what)
{
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    if (!holds)
        std::exit(1);
}

void value_passes_unchanged()
{
    asio::io_context context;
    std::vector<std::string> log;
    settle::resolved(context, std::make_unique<int>(42))
        .finally([&] {
            log.emplace_back("cleanup");
            return 7; // ignored
        })
        .then([&](std::unique_ptr<int> value) { log.push_back(std::to_string(*value)); })
        .detach();
    expect(log.empty(), "nothing runs before the loop does");
    context.run();
    expect(log == std::vector<std::string>{"cleanup", "42"},
           "a value, move-only even, passes a cleanup");
}

void rejection_passes_unchanged()
{
    asio::io_context context;
    asio::steady_timer timer(context, std::chrono::milliseconds(2));
    bool cleaned = false;
    settle::error_code why;
    auto cleanup = [&]() -> asio::awaitable<void> {
        co_await timer.async_wait(asio::use_awaitable);
        cleaned = true;
    };
    settle::rejected<int>(context, settle::errc::timed_out)
        .finally(cleanup)
        .catch_([&](settle::error_code ec) {
            if (cleaned)
                why = ec;
            return 0;
        })
        .detach();
    context.run();
    expect(why == settle::errc::timed_out, "a rejection passes a cleanup that takes its time");
}

void rejected_cleanup_replaces_and_keeps()
{
    asio::io_context context;
    std::string message;
    std::size_t suppressed = 0;
    settle::rejected<void>(context, settle::errc::timed_out)
        .finally([&] {
            return settle::rejected<int>(
                context, std::make_exception_ptr(std::runtime_error("cannot close")));
        })
        .catch_([&](const settle::reason& why) {
            message = why.message();
            suppressed = why.suppressed().size();
        })
        .detach();
    context.run();
    expect(message == "cannot close", "a cleanup's rejection takes the outcome's place");
    expect(suppressed == 1, "and the reason that it displaced is kept with it");
}

} // namespace

int main()
{
    value_passes_unchanged();
    rejection_passes_unchanged();
    rejected_cleanup_replaces_and_keeps();
}
