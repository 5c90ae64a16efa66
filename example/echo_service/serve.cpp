// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "serve.hpp"

#include "books.hpp"
#include "run_threads.hpp"
#include "server.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <csignal>
#include <iostream>
#include <string_view>

namespace echo {
namespace {

namespace asio = boost::asio;

/// A signal stops the service; another one cuts the grace period short.
void stop_on_signal(asio::signal_set& signals, server& service, milliseconds grace)
{
    signals.async_wait([&, grace](const boost::system::error_code& ec, int) {
        if (ec)
            return;
        service.stop(grace);
        stop_on_signal(signals, service, milliseconds(0));
    });
}

} // namespace

int serve(const options& asked)
{
    asio::io_context context(static_cast<int>(asked.threads));
    account sessions("sessions");
    const auto admit = [&](const tcp::endpoint&) {
        session_terms terms;
        terms.books = &sessions;
        terms.idle = asked.idle.value_or(std::chrono::seconds(30));
        return terms;
    };
    const auto log = [](std::string_view line) { std::cerr << line << std::endl; };
    server service(context, tcp::endpoint(asio::ip::address_v4::loopback(), asked.port), admit,
                   log);

    asio::signal_set signals(asio::make_strand(context), SIGINT, SIGTERM);
    stop_on_signal(signals, service, asked.grace);
    service.start()
        .finally(asio::bind_executor(signals.get_executor(), [&] { signals.cancel(); }))
        .detach();

    std::cout << "listening on " << service.local_endpoint() << std::endl;
    running_threads(context, asked.threads).join();

    auto wrong = discrepancies(sessions);
    for (const auto& line : discrepancies(service.accepting()))
        wrong.push_back(line);
    for (const auto& line : discrepancies(service.shared()))
        wrong.push_back(line);
    for (const auto& line : wrong)
        std::cerr << "echo_service: " << line << '\n';
    std::cout << "stopped after " << sessions.started.value() << " operations" << std::endl;
    return wrong.empty() ? 0 : 1;
}

} // namespace echo
