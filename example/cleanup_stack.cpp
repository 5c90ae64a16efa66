// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// settle::cleanup_stack and settle::with_cleanup: what is acquired step by step is undone in
// reverse, whatever fails on the way.

#include <settle/settle.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

void expect(bool holds, const char* what)
{
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    if (!holds)
        std::exit(1);
}

using lines = std::vector<std::string>;

asio::awaitable<void> pause()
{
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
}

// What a service opens and closes.
class connection {
public:
    connection(std::string name, lines& log)
        : name_(std::move(name))
        , log_(&log)
    {
        log_->push_back("open " + name_);
    }

    asio::awaitable<void> close()
    {
        co_await pause();
        log_->push_back("close " + name_);
    }

private:
    std::string name_;
    lines* log_;
};

void body_succeeds()
{
    asio::io_context context;
    lines log;
    auto body = [&](settle::cleanup_stack& stack) -> asio::awaitable<int> {
        const auto close = [](connection& c) { return c.close(); };
        stack.adopt(connection("database", log), close);
        stack.adopt(connection("peer", log), close);
        stack.defer([&] { log.emplace_back("unlock"); });
        co_await pause();
        log.emplace_back("work");
        co_return 42;
    };
    int result = 0;
    settle::with_cleanup(context, body).then([&](int value) { result = value; }).detach();
    context.run();
    expect(result == 42, "with_cleanup ends as its body does");
    expect(log == lines{"open database", "open peer", "work", "unlock", "close peer",
                        "close database"},
           "the last in is the first out, each awaited before the next");
}

void body_fails_half_way()
{
    asio::io_context context;
    lines log;
    auto body = [&](settle::cleanup_stack& stack) -> asio::awaitable<void> {
        stack.adopt(connection("database", log), [](connection& c) { return c.close(); });
        stack.defer([] { throw std::runtime_error("cannot unlock"); });
        co_await pause();
        throw std::runtime_error("no peer");
    };
    std::string message;
    std::string displaced;
    settle::with_cleanup(context, body)
        .catch_([&](const settle::reason& why) {
            message = why.message();
            displaced = why.suppressed().at(0).message();
        })
        .detach();
    context.run();
    expect(log == lines{"open database", "close database"},
           "what had been acquired is undone, also after another cleanup has failed");
    expect(message == "cannot unlock" && displaced == "no peer", "no failure is lost");
}

// An object that is built in steps, each of which may fail, and undone by shutdown().
class service {
public:
    static service start(asio::io_context& context, lines& log)
    {
        settle::cleanup_stack stack(context);
        stack.adopt(connection("database", log), [](connection& c) { return c.close(); });
        stack.adopt(connection("listener", log), [](connection& c) { return c.close(); });
        return service(stack.move()); // all steps succeeded
    }

    auto shutdown() { return stack_.dispose(); }

private:
    explicit service(settle::cleanup_stack&& stack)
        : stack_(std::move(stack))
    {
    }

    settle::cleanup_stack stack_;
};

void owner_disposes()
{
    asio::io_context context;
    lines log;
    int ended = 0;
    auto running = service::start(context, log);
    context.run();
    expect(log == lines{"open database", "open listener"}, "what has been moved is not undone");
    running.shutdown().then([&] { ++ended; }).detach();
    running.shutdown().then([&] { ++ended; }).detach();
    context.restart();
    context.run();
    expect(log == lines{"open database", "open listener", "close listener", "close database"},
           "until its owner disposes of it, once");
    expect(ended == 2, "and who asks again gets the same completion");
}

} // namespace

int main()
{
    body_succeeds();
    body_fails_half_way();
    owner_disposes();
}
