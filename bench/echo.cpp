// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "workload.hpp"
#include "workloads.hpp"

#include <settle/finally.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

// Clients and servers of one loop, over loopback. A round trip is four operations, each of which
// has the cleanup that a gauge goes down.
namespace bench {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::int64_t connections = 100;
constexpr std::size_t message_size = 64;

std::int64_t in_flight = 0;

// Each is a way to start an operation with a cleanup and a handler of (error_code, size).

struct by_hand {
    template <class Operation, class Handler>
    static void start(Operation operation, Handler handler)
    {
        ++in_flight;
        operation([handler](settle::error_code error, std::size_t size) {
            --in_flight;
            handler(error, size);
        });
    }
};

struct with_finally {
    template <class Operation, class Handler>
    static void start(Operation operation, Handler handler)
    {
        ++in_flight;
        operation(settle::finally([]() noexcept { --in_flight; }, handler));
    }
};

struct with_promise {
    template <class Operation, class Handler>
    static void start(Operation operation, Handler handler)
    {
        ++in_flight;
        operation(settle::use_promise)
            .finally([] { --in_flight; })
            .then([handler](std::size_t size) { handler({}, size); },
                  [handler](settle::error_code error) { handler(error, 0); })
            .detach();
    }
};

template <class How>
class connection {
public:
    connection(tcp::socket&& client, tcp::socket&& server)
        : client_(std::move(client))
        , server_(std::move(server))
    {
        for (auto* socket : {&client_, &server_})
            socket->set_option(tcp::no_delay(true));
        serve();
    }

    /// Calls `done` after so many round trips.
    template <class Done>
    void drive(std::int64_t round_trips, Done done)
    {
        How::start(
            [this](auto&& token) {
                return asio::async_write(client_, asio::buffer(sent_),
                                         std::forward<decltype(token)>(token));
            },
            [this, round_trips, done](settle::error_code error, std::size_t) {
                if (!error)
                    receive(round_trips, done);
            });
    }

    void close()
    {
        client_.close();
        server_.close();
    }

private:
    template <class Done>
    void receive(std::int64_t round_trips, Done done)
    {
        How::start(
            [this](auto&& token) {
                return asio::async_read(client_, asio::buffer(received_),
                                        std::forward<decltype(token)>(token));
            },
            [this, round_trips, done](settle::error_code error, std::size_t) {
                if (error)
                    return;
                if (round_trips > 1)
                    drive(round_trips - 1, done);
                else
                    done();
            });
    }

    void serve()
    {
        How::start(
            [this](auto&& token) {
                return server_.async_read_some(asio::buffer(echoed_),
                                               std::forward<decltype(token)>(token));
            },
            [this](settle::error_code error, std::size_t size) {
                if (!error)
                    answer(size);
            });
    }

    void answer(std::size_t size)
    {
        How::start(
            [this, size](auto&& token) {
                return asio::async_write(server_, asio::buffer(echoed_, size),
                                         std::forward<decltype(token)>(token));
            },
            [this](settle::error_code error, std::size_t) {
                if (!error)
                    serve();
            });
    }

    tcp::socket client_;
    tcp::socket server_;
    std::array<char, message_size> sent_{};
    std::array<char, message_size> received_{};
    std::array<char, message_size> echoed_{};
};

template <class How>
class echo_loop {
public:
    echo_loop()
    {
        tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        for (std::int64_t i = 0; i < connections; ++i) {
            tcp::socket client(context_);
            client.connect(acceptor.local_endpoint());
            connections_.push_back(
                std::make_unique<connection<How>>(std::move(client), acceptor.accept()));
        }
    }

    // Every operation ends, so that no cleanup is abandoned.
    ~echo_loop()
    {
        for (const auto& one : connections_)
            one->close();
        context_.restart();
        context_.run();
    }

    void run(std::int64_t round_trips)
    {
        auto busy = connections;
        for (const auto& one : connections_)
            one->drive(round_trips / connections, [this, &busy] {
                if (--busy == 0)
                    context_.stop();
            });
        context_.restart();
        context_.run();
    }

private:
    asio::io_context context_;
    std::vector<std::unique_ptr<connection<How>>> connections_;
};

template <class How>
side echo_side(const char* name)
{
    return {.name = name, .open = []() -> batch {
                return [with = std::make_shared<echo_loop<How>>()](std::int64_t round_trips) {
                    const auto begin = std::chrono::steady_clock::now();
                    with->run(round_trips);
                    return nanoseconds(std::chrono::steady_clock::now() - begin);
                };
            }};
}

} // namespace

std::vector<workload> echo()
{
    // 0.98 of the throughput.
    constexpr double goal = 1 / 0.98;
    return {
        {.label = "W10",
         .name = "echo, 100 connections",
         .unit = "round trip",
         .settle = echo_side<with_finally>("settle"),
         .rivals = {{echo_side<by_hand>("callbacks by hand"), goal}},
         .wanted = {.more_instructions = 500},
         .granule = connections,
         .longer = 5},
        {.label = "W10",
         .name = "echo, 100 connections, promises",
         .unit = "round trip",
         .settle = echo_side<with_promise>("settle"),
         .rivals = {{echo_side<by_hand>("callbacks by hand")}},
         .granule = connections,
         .longer = 5},
    };
}

} // namespace bench
