// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The pieces of doc/guide.md that need no server. What stands between two lines with the same tag
// is quoted there.

#include <settle/settle.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

void expect(bool holds, const char* what)
{
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    if (!holds)
        std::exit(1);
}

asio::awaitable<void> take_a_moment(std::chrono::milliseconds moment)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, moment);
    co_await timer.async_wait(asio::use_awaitable);
}

// Stands for a connection to a server.
struct connection {
    asio::awaitable<std::string> ask(const std::string& question)
    {
        co_await take_a_moment(1ms);
        if (question.empty())
            throw std::invalid_argument("nothing was asked");
        co_return "the answer to " + question;
    }

    bool in_use = false;
};

class pool {
public:
    asio::awaitable<connection*> lease()
    {
        co_await take_a_moment(1ms);
        only_.in_use = true;
        ++leases;
        if (on_lease)
            on_lease();
        co_return &only_;
    }

    // Puts it in order first, which takes time.
    asio::awaitable<void> give_back(connection& used)
    {
        co_await take_a_moment(1ms);
        used.in_use = false;
        ++returns;
    }

    std::function<void()> on_lease;
    int leases = 0;
    int returns = 0;

private:
    connection only_;
};

// [lease]
asio::awaitable<std::string> ask(pool& from, std::string question)
{
    connection* leased = nullptr;
    const auto lease_and_ask = [&]() -> asio::awaitable<std::string> {
        leased = co_await from.lease();
        co_return co_await leased->ask(question);
    };
    const auto give_back = [&]() -> asio::awaitable<void> {
        if (leased)
            co_await from.give_back(*leased);
    };
    auto asked = lease_and_ask() | settle::finally(give_back);
    co_return co_await std::move(asked);
}
// [lease]

void lease_comes_back()
{
    asio::io_context context;
    pool connections;
    std::string answer;
    std::string failure;
    asio::co_spawn(context, ask(connections, "everything"),
                   [&](std::exception_ptr, std::string heard) { answer = heard; });
    asio::co_spawn(context, ask(connections, ""), [&](std::exception_ptr why, std::string) {
        failure = settle::reason(why).message();
    });
    context.run();
    expect(answer == "the answer to everything", "a leased connection answers");
    expect(failure == "nothing was asked", "what goes wrong on it goes through");
    expect(connections.leases == 2 && connections.returns == 2, "each lease has come back");

    asio::cancellation_signal too_late;
    connections.on_lease = [&] { too_late.emit(asio::cancellation_type::terminal); };
    bool cancelled = false;
    auto hung_up = [&](std::exception_ptr why, std::string) {
        cancelled = why && settle::reason(why).code() == asio::error::operation_aborted;
    };
    asio::co_spawn(context, ask(connections, "the time"),
                   asio::bind_cancellation_slot(too_late.slot(), hung_up));
    context.restart();
    context.run();
    expect(cancelled, "a lease may come together with a cancellation");
    expect(connections.leases == 3 && connections.returns == 3, "and comes back as well");
}

// Stands for a peer that answers no goodbye.
struct mute_peer {
    asio::awaitable<void> talk() { co_await take_a_moment(1ms); }
    asio::awaitable<void> say_goodbye() { co_await take_a_moment(1h); }
    void close() noexcept { ++closed; }

    int closed = 0;
};

void goodbye_has_a_limit()
{
    asio::io_context context;
    mute_peer peer;
    settle::error_code ended;
    // [limit]
    const auto say_goodbye = [&] { return peer.say_goodbye(); };
    const auto hang_up = [&]() noexcept { peer.close(); };
    auto session = peer.talk() | settle::finally(settle::within(5ms, say_goodbye, hang_up));
    // [limit]
    asio::co_spawn(context, std::move(session), [&](std::exception_ptr why) {
        ended = settle::reason(why).code();
        context.stop(); // the goodbye goes on, for an hour
    });
    context.run();
    expect(peer.closed == 1, "a goodbye that takes too long is cut short");
    expect(ended == settle::errc::timed_out, "and that is how the session ends");
}

settle::promise<void> read_settings(asio::io_context& context)
{
    return settle::rejected<void>(context,
                                  std::make_exception_ptr(std::runtime_error("line 3: no value")));
}

settle::promise<void> close_file(asio::io_context& context)
{
    return settle::rejected<void>(context,
                                  std::make_exception_ptr(std::runtime_error("disk full")));
}

void failure_of_a_cleanup_is_told()
{
    asio::io_context context;
    std::vector<std::string> log;
    const auto write = [&](const std::string& line) { log.push_back(line); };
    // [why]
    read_settings(context)
        .finally([&] { return close_file(context); })
        .catch_([&](const settle::reason& why) {
            write(why.message()); // the cleanup's
            for (const auto& displaced : why.suppressed())
                write("after: " + displaced.message()); // what it took the place of
        })
        .detach();
    // [why]
    context.run();
    expect(log == std::vector<std::string>{"disk full", "after: line 3: no value"},
           "the reason of the cleanup, and the one it displaced");
}

void nobody_looked_but_it_is_told()
{
    std::vector<std::string> log;
    const auto write = [&](const std::string& line) { log.push_back(line); };
    {
        asio::io_context context;
        // [reports]
        settle::set_report_handler(context, [&](const settle::report& what) {
            write(what.why.message() + ", at line " + std::to_string(what.where.line()));
        });
        read_settings(context)
            .finally(settle::best_effort([&] { return close_file(context); }))
            .detach();
        // [reports]
        context.run();
    }
    expect(log.size() == 2 && log[0].starts_with("disk full") && log[1].starts_with("line 3"),
           "what nobody waits for is reported, with its place");
}

} // namespace

int main()
{
    lease_comes_back();
    goodbye_has_a_limit();
    failure_of_a_cleanup_is_told();
    nobody_looked_but_it_is_told();
}
