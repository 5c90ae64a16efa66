// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"
#include "server.hpp"
#include "upstream.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view usage = R"(reverse_proxy: HTTP/1.1 from 127.0.0.1 to 127.0.0.1

  reverse_proxy --to PORT [--port P] [--leases 64] [--timeout MS] [--grace MS] [--bare]
  reverse_proxy --upstream [--port P] [--faults PERCENT] [--seed N]
  reverse_proxy --self-drive [--clients 200] [--seed N] [--bare]

GET /metrics tells what goes on. SIGINT or SIGTERM stops the proxy: it accepts no more, lets what runs
end in the grace (5000), and cancels the rest. With --bare leases are held without settle.
With --upstream it is a server to try it on, which fails as often as it is told to.
)";

struct bad_option : std::runtime_error {
    using runtime_error::runtime_error;
};

std::uint32_t parse_number(std::string_view flag, const char* text, std::uint32_t most)
{
    const std::string_view given = text ? text : "";
    std::uint32_t number = 0;
    const auto* const last = given.data() + given.size();
    const auto [end, ec] = std::from_chars(given.data(), last, number);
    if (given.empty() || ec != std::errc() || end != last || number > most) {
        throw bad_option(std::string(flag) + " takes a number up to " + std::to_string(most) +
                         ", not '" + std::string(given) + "'");
    }
    return number;
}

struct options {
    enum { proxy, upstream, driven } role = proxy;
    std::uint16_t port = 0;
    std::uint16_t to = 0;
    std::uint32_t clients = 200;
    ::proxy::limits allowed;
    ::proxy::misbehaviour faults;
};

options parse(int argc, char** argv)
{
    options chosen;
    for (int i = 1; i < argc; ++i) {
        const std::string_view flag = argv[i];
        const auto number = [&](std::uint32_t most) { return parse_number(flag, argv[++i], most); };
        const auto duration = [&] { return proxy::milliseconds(number(3'600'000)); };
        if (flag == "--upstream")
            chosen.role = options::upstream;
        else if (flag == "--self-drive")
            chosen.role = options::driven;
        else if (flag == "--bare")
            chosen.allowed.by_hand = true;
        else if (flag == "--port")
            chosen.port = static_cast<std::uint16_t>(number(65535));
        else if (flag == "--to")
            chosen.to = static_cast<std::uint16_t>(number(65535));
        else if (flag == "--leases")
            chosen.allowed.leases = number(100'000);
        else if (flag == "--timeout")
            chosen.allowed.upstream = duration();
        else if (flag == "--grace")
            chosen.allowed.grace = duration();
        else if (flag == "--faults")
            chosen.faults.percent = number(100);
        else if (flag == "--seed")
            chosen.faults.seed = number(~std::uint32_t{0});
        else if (flag == "--clients")
            chosen.clients = number(100'000);
        else
            throw bad_option("unknown option '" + std::string(flag) + "'");
    }
    if (chosen.role == options::proxy && chosen.to == 0)
        throw bad_option("--to wants the upstream's port");
    return chosen;
}

tcp::endpoint at(std::uint16_t port)
{
    return {asio::ip::address_v4::loopback(), port};
}

int serve(const options& chosen)
{
    asio::io_context context(1);
    proxy::server service(context, at(chosen.port), at(chosen.to), chosen.allowed);
    service.start();
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& ec, int) {
        if (!ec)
            service.stop();
    });
    std::cout << "listening on " << service.local_endpoint() << std::endl;
    context.run();

    const auto wrong = service.account().discrepancies();
    for (const auto& line : wrong)
        std::cerr << "reverse_proxy: " << line << '\n';
    std::cout << service.account().metrics() << "stopped" << std::endl;
    return wrong.empty() ? 0 : 1;
}

int serve_upstream(const options& chosen)
{
    asio::io_context context(1);
    proxy::upstream_server service(context, at(chosen.port), chosen.faults);
    service.start();
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code&, int) { context.stop(); });
    std::cout << "listening on " << service.local_endpoint() << std::endl;
    context.run();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (argc == 2 && std::string_view(argv[1]) == "--help") {
            std::cout << usage;
            return 0;
        }
        const auto chosen = parse(argc, argv);
        switch (chosen.role) {
        case options::upstream:
            return serve_upstream(chosen);
        case options::driven:
            return proxy::self_drive(chosen.clients, chosen.faults.seed, chosen.allowed.by_hand);
        case options::proxy:
            return serve(chosen);
        }
        return 1;
    } catch (const bad_option& e) {
        std::cerr << "reverse_proxy: " << e.what() << "\nTry reverse_proxy --help.\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "reverse_proxy: " << e.what() << '\n';
        return 1;
    }
}
