// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"

#include "books.hpp"
#include "deadline.hpp"
#include "file_limit.hpp"
#include "mischief.hpp"
#include "peer.hpp"
#include "progress.hpp"
#include "report_desk.hpp"
#include "run_threads.hpp"
#include "script.hpp"
#include "server.hpp"
#include "table.hpp"

#include <settle/error.hpp>
#include <settle/reason.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace echo {
namespace {

namespace asio = boost::asio;

constexpr std::size_t most_at_once = 256;
// When no peer has finished for so long, none will.
constexpr std::chrono::minutes patience{1};
constexpr std::size_t complaints_told = 10;

std::string message_of(const std::exception_ptr& failure)
{
    const settle::reason why(failure);
    return why.code() == settle::errc::exception_thrown ? why.message() : why.code().message();
}

/// Runs the scripts, a limited number at once, on the thread that calls run().
class crowd {
public:
    crowd(const std::vector<script>& scripts, server& service, guest_list& guests,
          std::vector<table_row>& rows)
        : scripts_(scripts)
        , service_(service)
        , guests_(guests)
        , rows_(rows)
        , progress_(scripts.size())
    {
    }

    void run()
    {
        for (std::size_t i = 0; i < most_at_once; ++i)
            start_next();
        give_up_after_patience();
        context_.run();
    }

    [[nodiscard]] const account& books() const noexcept { return books_; }

    [[nodiscard]] std::vector<std::string> discrepancies() const
    {
        auto found = echo::discrepancies(books_);
        if (const auto missing = scripts_.size() - ended_)
            found.push_back("peers: " + std::to_string(missing) + " did not finish");
        if (in_flight_.value() != 0)
            found.emplace_back("peers: operations are still in flight");
        found.insert(found.end(), complaints_.begin(), complaints_.end());
        return found;
    }

private:
    void start_next()
    {
        if (next_ == scripts_.size())
            return;
        const auto& plan = scripts_[next_++];
        const auto started =
            std::make_shared<peer>(context_, plan, desk(books_, in_flight_), service_, guests_);
        asio::co_spawn(context_, started->run(),
                       [this, &plan, started](const std::exception_ptr& failure) {
                           ended(plan, *started, failure);
                       });
    }

    void ended(const script& plan, const peer& who, const std::exception_ptr& failure)
    {
        const auto kind = static_cast<std::size_t>(plan.kind);
        auto& row = rows_[kind];
        ++row.peers;
        row.latencies.insert(row.latencies.end(), who.latencies().begin(), who.latencies().end());
        if (failure && complaints_.size() < complaints_told) {
            complaints_.push_back("a peer complains (" + std::string(all_kinds()[kind].name) +
                                  "): " + message_of(failure));
        }
        progress_.step();
        if (++ended_ == scripts_.size())
            giving_up_.disarm();
        else
            give_up_after_patience();
        start_next();
    }

    void give_up_after_patience()
    {
        giving_up_.arm(patience, [this] { context_.stop(); });
    }

    asio::io_context context_{1};
    deadline giving_up_{context_.get_executor()};
    const std::vector<script>& scripts_;
    server& service_;
    guest_list& guests_;
    std::vector<table_row>& rows_;
    progress_bar progress_;
    account books_{"the peers' own"};
    counter in_flight_;
    std::size_t next_ = 0;
    std::size_t ended_ = 0;
    std::vector<std::string> complaints_;
};

} // namespace

int self_drive(const options& asked)
{
    const auto scripts = make_scripts(asked.connections, asked.seed);
    // Two sockets a connection, and some for the rest of the program.
    ensure_open_files(2 * std::min(scripts.size(), most_at_once) + 64);

    std::deque<account> accounts;
    std::vector<table_row> rows;
    for (const auto& kind : all_kinds())
        rows.emplace_back(accounts.emplace_back(std::string(kind.name)));
    report_desk reports(accounts);

    guest_list guests;
    const auto admit = [&](const tcp::endpoint& who) -> std::optional<session_terms> {
        const auto* const plan = guests.plan_of(who);
        if (!plan)
            return std::nullopt;
        return terms_for(*plan, accounts[static_cast<std::size_t>(plan->kind)],
                         asked.idle.value_or(milliseconds(300)));
    };
    asio::io_context context(static_cast<int>(asked.threads));
    server service(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0), admit,
                   [](std::string_view) {});
    service.start().detach();
    running_threads threads(context, asked.threads);
    crowd peers(scripts, service, guests, rows);
    peers.run();
    service.stop(asked.grace);
    threads.join();

    rows.emplace_back(service.accepting());
    rows.emplace_back(peers.books());
    print_table(std::cout, rows);

    std::vector<std::string> wrong;
    const auto note = [&](const std::vector<std::string>& more) {
        wrong.insert(wrong.end(), more.begin(), more.end());
    };
    for (const auto& books : accounts)
        note(discrepancies(books));
    note(discrepancies(service.accepting()));
    note(discrepancies(service.shared()));
    note(peers.discrepancies());
    note(reports.unexpected());
    for (const auto& line : wrong)
        std::cerr << "echo_service: " << line << '\n';
    std::cout << (wrong.empty() ? "The books balance" : "The books do not balance") << " (seed "
              << asked.seed << ", " << service.shared().buffers.made() << " buffers).\n";
    return wrong.empty() ? 0 : 1;
}

} // namespace echo
