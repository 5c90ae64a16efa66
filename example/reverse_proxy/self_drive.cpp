// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"

#include "client.hpp"
#include "server.hpp"
#include "upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <thread>

namespace proxy {
namespace {

namespace asio = boost::asio;

/// The proxy has a thread of its own; clients and upstream have another.
struct drive {
    drive(std::size_t number, std::uint32_t seed, bool by_hand)
        : clients(number)
        , upstream(outside, tcp::endpoint(asio::ip::address_v4::loopback(), 0),
                   {.percent = 20, .seed = seed, .stall = milliseconds(300)})
        , service(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0),
                  upstream.local_endpoint(),
                  {.leases = 8,
                   .lease = milliseconds(200),
                   .upstream = milliseconds(150),
                   .farewell = milliseconds(300),
                   .grace = milliseconds(20),
                   .by_hand = by_hand})
    {
    }

    void run()
    {
        upstream.start();
        service.start();
        for (std::size_t i = 0; i < clients; ++i) {
            const auto how = static_cast<manners>(i % number_of_manners);
            stay += how == manners::never_asks ? 1 : 0;
            asio::co_spawn(outside, visit(service.local_endpoint(), how),
                           [this](const std::exception_ptr& why) { left(why); });
        }
        std::jthread elsewhere([this] { outside.run(); });
        context.run();
        took = std::chrono::steady_clock::now() - stopped;
        outside.stop();
    }

    void left(const std::exception_ptr& why)
    {
        try {
            if (why)
                std::rethrow_exception(why);
        } catch (const boost::system::system_error&) {
            ++failed; // behind the proxy
        } catch (const std::exception& e) {
            std::cerr << "reverse_proxy: a client: " << e.what() << '\n';
            ++wrong;
        }
        if (++gone == (clients - stay) * 9 / 10) { // some are still there
            asio::post(context, [this] {
                stopped = std::chrono::steady_clock::now();
                service.stop();
            });
        }
    }

    const std::size_t clients;
    std::size_t stay = 0;
    std::size_t gone = 0;
    std::size_t failed = 0;
    std::size_t wrong = 0;
    asio::io_context outside{1};
    asio::io_context context{1};
    upstream_server upstream;
    server service;
    std::chrono::steady_clock::time_point stopped;
    std::chrono::steady_clock::duration took{};
};

} // namespace

int self_drive(std::size_t clients, std::uint32_t seed, bool by_hand)
{
    drive driven(clients, seed, by_hand);
    driven.run();
    const auto& account = driven.service.account();
    std::cout << account.metrics() << driven.failed << " clients were failed; stopped in "
              << std::chrono::duration_cast<milliseconds>(driven.took).count() << " ms\n";
    auto wrong = account.discrepancies();
    if (driven.wrong != 0)
        wrong.emplace_back("a client had a wrong answer");
    if (account.leases_taken == 0)
        wrong.emplace_back("no lease was taken");
    for (const auto& line : wrong)
        std::cerr << "reverse_proxy: " << line << '\n';
    return wrong.empty() ? 0 : 1;
}

} // namespace proxy
