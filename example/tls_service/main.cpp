// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"
#include "server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

namespace asio = boost::asio;

constexpr std::string_view usage = R"(tls_service: echoes over TLS on 127.0.0.1

  tls_service [--port P] [--farewell MS] [--threads 1] [--by-hand]
  tls_service --self-drive [--sessions 1000] [--threads 1] [--mute] [--by-hand]
  tls_service --compare ROUNDS [--sessions 1000]

Every session ends in a TLS goodbye, which is given so many milliseconds (2000). SIGINT or SIGTERM
stops the service: it takes no more sessions, and ends when all have said goodbye, or after that
time. With --mute no peer answers one. With --by-hand the goodbye is written without settle; --compare
lets both take turns.
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

int serve(std::uint16_t port, unsigned threads, const tls::patience& limits)
{
    asio::io_context context(static_cast<int>(threads));
    tls::server service(context, {asio::ip::address_v4::loopback(), port}, limits);
    service.start();
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& ec, int) {
        if (!ec)
            asio::co_spawn(service.get_executor(), service.stop(limits.farewell), asio::detached);
    });
    std::cout << "listening on " << service.local_endpoint() << std::endl;
    service.run(threads);

    const auto wrong = service.account().discrepancies();
    for (const auto& line : wrong)
        std::cerr << "tls_service: " << line << '\n';
    // By the books: the drain, which takes as long, counts only those that it forces itself.
    std::cout << "stopped after " << service.account().accepted << " sessions, of which "
              << service.account().forced << " had not said goodbye in time" << std::endl;
    return wrong.empty() ? 0 : 1;
}

int run(int argc, char** argv)
{
    std::uint16_t port = 7443;
    std::uint32_t sessions = 1000;
    bool driven = false;
    bool mute = false;
    std::uint32_t rounds = 0;
    std::uint32_t threads = 1;
    tls::patience limits;
    for (int i = 1; i < argc; ++i) {
        const std::string_view flag = argv[i];
        if (flag == "--help") {
            std::cout << usage;
            return 0;
        }
        if (flag == "--self-drive")
            driven = true;
        else if (flag == "--mute")
            mute = true;
        else if (flag == "--by-hand")
            limits.by_hand = true;
        else if (flag == "--compare")
            rounds = parse_number(flag, argv[++i], 1000);
        else if (flag == "--port")
            port = static_cast<std::uint16_t>(parse_number(flag, argv[++i], 65535));
        else if (flag == "--farewell")
            limits.farewell = tls::milliseconds(parse_number(flag, argv[++i], 3'600'000));
        else if (flag == "--threads")
            threads = parse_number(flag, argv[++i], 256);
        else if (flag == "--sessions")
            sessions = parse_number(flag, argv[++i], 100'000);
        else
            throw bad_option("unknown option '" + std::string(flag) + "'");
    }
    if (rounds > 0) {
        tls::compare(rounds, sessions);
        return 0;
    }
    if (threads == 0)
        throw bad_option("--threads takes at least 1");
    return driven ? tls::self_drive(sessions, threads, mute, limits.by_hand)
                  : serve(port, threads, limits);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const bad_option& e) {
        std::cerr << "tls_service: " << e.what() << "\nTry tls_service --help.\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "tls_service: " << e.what() << '\n';
        return 1;
    }
}
