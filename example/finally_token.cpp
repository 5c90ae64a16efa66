// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// finally(cleanup, token): a cleanup for one operation with any completion token.

#include <settle/finally.hpp>
#include <settle/report.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

void expect(bool holds, const char* what)
{
    std::cout << (holds ? "ok      " : "FAILED  ") << what << '\n';
    if (!holds)
        std::exit(1);
}

class pair_of_sockets {
public:
    pair_of_sockets() { asio::local::connect_pair(ours, theirs); }

    asio::io_context context;
    asio::local::stream_protocol::socket ours{context};
    asio::local::stream_protocol::socket theirs{context};
    std::array<char, 64> buffer{};
};

void cleanup_runs_before_the_handler()
{
    pair_of_sockets sockets;
    asio::write(sockets.theirs, asio::buffer(std::string_view("hello")));

    int in_flight = 1;
    std::size_t received = 0;
    sockets.ours.async_read_some(asio::buffer(sockets.buffer),
                                 settle::finally([&]() noexcept { --in_flight; },
                                                 [&](const error_code& ec, std::size_t bytes) {
                                                     if (!ec && in_flight == 0)
                                                         received = bytes;
                                                 }));
    sockets.context.run();
    expect(received == 5, "a cleanup has run when the handler is called with the value");
}

void cancelled_operation_is_cleaned_up()
{
    pair_of_sockets sockets;
    bool cleaned = false;
    error_code outcome;
    sockets.ours.async_read_some(
        asio::buffer(sockets.buffer),
        settle::finally([&]() noexcept { cleaned = true; },
                        [&](const error_code& ec, std::size_t) { outcome = ec; }));
    sockets.ours.cancel();
    sockets.context.run();
    expect(cleaned && outcome == asio::error::operation_aborted,
           "a cancelled operation is cleaned up, and its error passes unchanged");
}

void asynchronous_cleanup_is_waited_for()
{
    pair_of_sockets sockets;
    sockets.theirs.close();

    asio::steady_timer timer(sockets.context, std::chrono::milliseconds(5));
    bool waited = false;
    error_code outcome;
    sockets.ours.async_read_some(asio::buffer(sockets.buffer),
                                 settle::finally([&] { return timer.async_wait(asio::deferred); },
                                                 [&](const error_code& ec, std::size_t) {
                                                     waited = timer.expiry() <=
                                                              std::chrono::steady_clock::now();
                                                     outcome = ec;
                                                 }));
    sockets.context.run();
    expect(waited && outcome == asio::error::eof,
           "a cleanup that is an operation is waited for, and the error passes unchanged");
}

void failing_cleanup_replaces_the_outcome()
{
    pair_of_sockets sockets;
    sockets.theirs.close();

    // What an error_code slot cannot carry beside the cleanup's own error is reported.
    std::vector<error_code> displaced;
    settle::set_report_handler(
        [&](const settle::report& what) { displaced.push_back(what.why.code()); });

    const auto disk_full = make_error_code(boost::system::errc::no_space_on_device);
    error_code outcome;
    sockets.ours.async_read_some(
        asio::buffer(sockets.buffer),
        settle::finally([&] { throw boost::system::system_error(disk_full); },
                        [&](const error_code& ec, std::size_t) { outcome = ec; }));
    sockets.context.run();
    settle::set_report_handler(nullptr);
    expect(outcome == disk_full, "the error of a cleanup that fails takes the outcome's place");
    expect(displaced == std::vector<error_code>{asio::error::eof},
           "and the error that it displaced is reported");
}

} // namespace

int main()
{
    cleanup_runs_before_the_handler();
    cancelled_operation_is_cleaned_up();
    asynchronous_cleanup_is_waited_for();
    failing_cleanup_replaces_the_outcome();
}
