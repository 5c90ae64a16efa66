// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"

#include "peer.hpp"
#include "server.hpp"

#include <settle/report.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tls {
namespace {

namespace asio = boost::asio;

struct drive {
    drive(std::size_t sessions, unsigned threads_of_service, std::optional<manners> all_are,
          bool by_hand)
        : guests(sessions)
        , threads(threads_of_service)
        , all(all_are)
        // All shake hands at once, and the peers have one thread.
        , limits{.handshake = milliseconds(300 + 10 * sessions),
                 .farewell = milliseconds(300),
                 .by_hand = by_hand}
    {
        trust.set_verify_mode(asio::ssl::verify_none); // its certificate is made anew in every run
    }

    void run()
    {
        service.start();
        asio::co_spawn(outside, attend(), [](const std::exception_ptr& why) {
            if (why)
                std::rethrow_exception(why);
        });
        std::jthread elsewhere([this] { outside.run(); });
        service.run(threads);
    }

    // The rest is done by the peers' thread.

    asio::awaitable<void> attend()
    {
        for (std::size_t i = 0; i < guests; ++i) {
            const auto how = all.value_or(static_cast<manners>(i % number_of_manners));
            will_be_mute += how == manners::is_mute ? 1 : 0;
            asio::co_spawn(outside, visit(service.local_endpoint(), trust, how, mute),
                           [this](const std::exception_ptr& why) { left(why); });
        }
        // Those that are mute stay until the service stops.
        asio::steady_timer pause(outside);
        const auto all_have_come = [this] {
            return mute == will_be_mute && gone == guests - mute &&
                   service.account().open == static_cast<std::int64_t>(mute);
        };
        while (failed == 0 && !all_have_come()) {
            pause.expires_after(std::chrono::milliseconds(5));
            co_await pause.async_wait(asio::use_awaitable);
        }
        stopped = std::chrono::steady_clock::now();
        drained = co_await asio::co_spawn(service.get_executor(), service.stop(grace),
                                          asio::use_awaitable);
        took = std::chrono::steady_clock::now() - stopped;
    }

    void left(const std::exception_ptr& why)
    {
        ++gone;
        try {
            if (why)
                std::rethrow_exception(why);
        } catch (const std::exception& e) {
            std::cerr << "tls_service: a peer failed: " << e.what() << '\n';
            ++failed;
        }
    }

    const std::size_t guests;
    const unsigned threads;
    const std::optional<manners> all;
    const patience limits;
    std::size_t will_be_mute = 0;
    std::size_t mute = 0;
    asio::io_context outside{1};
    asio::io_context context{static_cast<int>(threads)};
    asio::ssl::context trust{asio::ssl::context::tls_client};
    server service{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0), limits};
    static constexpr milliseconds grace{250};
    settle::drain_result drained;
    std::size_t gone = 0;
    std::size_t failed = 0;
    std::chrono::steady_clock::time_point stopped;
    std::chrono::steady_clock::duration took{};
};

} // namespace

int self_drive(std::size_t sessions, unsigned threads, bool all_mute, bool by_hand)
{
    drive driven(sessions, threads, all_mute ? std::optional(manners::is_mute) : std::nullopt,
                 by_hand);
    // A goodbye that was left behind ends in an error, as it should; and one that fails takes the
    // place of what ended the conversation.
    std::atomic<std::int64_t> stragglers = 0;
    std::atomic<std::int64_t> displaced = 0;
    auto previous = settle::set_report_handler([&](const settle::report& what) {
        if (what.kind == settle::report_kind::straggler)
            ++stragglers;
        else if (what.kind == settle::report_kind::displaced_reason)
            ++displaced;
        else
            std::cerr << "tls_service: " << what.why.message() << '\n';
    });
    driven.run();
    const auto took = std::chrono::duration_cast<milliseconds>(driven.took);
    settle::set_report_handler(std::move(previous));

    const auto& account = driven.service.account();
    std::cout << account.accepted << " sessions: " << account.refused << " refused, "
              << account.answered << " goodbyes answered, " << account.failed << " failed, "
              << account.forced << " forced; stopped in " << took.count() << " ms; " << displaced
              << " reasons displaced\n";
    auto wrong = account.discrepancies();
    if (!by_hand && stragglers != account.forced)
        wrong.push_back(std::to_string(stragglers) + " stragglers reported");
    if (driven.drained.abandoned != 0)
        wrong.push_back(std::to_string(driven.drained.abandoned) + " goodbyes abandoned");
    if (driven.failed != 0)
        wrong.push_back("a peer failed");
    for (const auto& line : wrong)
        std::cerr << "tls_service: " << line << '\n';
    return wrong.empty() ? 0 : 1;
}

void compare(std::size_t rounds, std::size_t sessions)
{
    const auto speed_of = [&](bool by_hand) {
        drive driven(sessions, 1, manners::polite, by_hand);
        const auto begin = std::chrono::steady_clock::now();
        driven.run();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        return static_cast<double>(sessions) / took.count();
    };
    std::vector<double> with;
    std::vector<double> without;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (const bool first : {true, false}) { // neither is always the first
            const bool by_hand = first == (round % 2 == 0);
            (by_hand ? without : with).push_back(speed_of(by_hand));
        }
    }
    const auto middle_of = [](std::vector<double>& of) {
        std::sort(of.begin(), of.end());
        return (of[(of.size() - 1) / 2] + of[of.size() / 2]) / 2;
    };
    const auto settled = middle_of(with);
    const auto plain = middle_of(without);
    std::cout << rounds << " rounds of " << sessions << ": by finally " << settled
              << " sessions/s, by hand " << plain << ", ratio " << settled / plain << '\n';
}

} // namespace tls
