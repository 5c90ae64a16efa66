// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"

#include "bank.hpp"
#include "compare.hpp"
#include "load.hpp"
#include "pool.hpp"

#include <settle/report.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bank {
namespace {

namespace asio = boost::asio;

constexpr std::size_t pool_size = 8;

/// Runs one coroutine to its end.
template <class T>
T complete(asio::io_context& context, asio::awaitable<T> coroutine)
{
    auto result = asio::co_spawn(context, std::move(coroutine), asio::use_future);
    context.restart();
    context.run();
    return result.get();
}

asio::awaitable<void> prepare(connection& redis)
{
    co_await redis.open();
    co_await open_accounts(redis);
}

/// What does not balance, in words.
asio::awaitable<std::vector<std::string>> audit(const pool& connections, const load& done,
                                                connection& redis)
{
    std::vector<std::string> found;
    const auto within = [&](std::string_view what, std::int64_t number, std::int64_t least,
                            std::int64_t most) {
        if (number < least || number > most) {
            found.push_back(std::string(what) + ": " + std::to_string(number) + ", not " +
                            std::to_string(least) + " to " + std::to_string(most));
        }
    };
    const std::int64_t begun = done.seen.begun;
    within("transactions that ended", done.seen.ended(), begun, begun);
    within("leases returned", connections.returned(), connections.given(), connections.given());
    const auto now = settle::stats();
    within("cleanups pending", static_cast<std::int64_t>(now.cleanups_pending), 0, 0);
    within("promises alive", static_cast<std::int64_t>(now.promises_live), 0, 0);

    co_await redis.open();
    const auto sheet = co_await read_balance_sheet(redis);
    within("in the accounts", sheet.sum, accounts * opening_balance, accounts * opening_balance);
    within("transfers by the server's count", sheet.transfers, done.heard.committed,
           done.heard.committed + done.heard.in_doubt);

    // What the server says of its clients: those of the pool, which are still connected, and this.
    const auto clients = co_await redis.command("CLIENT", "LIST");
    std::int64_t connected = 0;
    std::int64_t idle = 0;
    for (std::size_t at = 0; (at = clients.text.find(" multi=", at)) != std::string::npos; ++at) {
        ++connected;
        idle += clients.text.compare(at, 10, " multi=-1 ") == 0 ? 1 : 0;
    }
    within("connected clients", connected, 1, pool_size + 1);
    within("clients in no transaction", idle, connected, connected);
    co_return found;
}

void print(const load& done, const pool& connections)
{
    const auto& seen = done.seen;
    std::cout << seen.begun << " transactions: " << seen.committed << " committed, "
              << seen.conflicts << " conflicts, " << seen.not_covered << " not covered, "
              << seen.mishaps << " mishaps, " << seen.timed_out << " timed out, " << seen.lost
              << " lost; " << connections.returned() << " leases\n";
}

} // namespace

int self_drive(const options& asked)
{
    // A cleanup that fails, is abandoned, or displaces what ended the transaction: none is due.
    std::atomic<int> reports{0};
    auto previous = settle::set_report_handler([&](const settle::report& what) {
        ++reports;
        std::cerr << "transactions: report: " << what.why.message() << '\n';
    });
    asio::io_context context;
    connection own(context.get_executor(), asked.socket);
    complete(context, prepare(own));
    own.close();

    pool connections(context.get_executor(), asked.socket, pool_size);
    load runs(context, connections, asked.seed);
    std::cout << "the load begins" << std::endl;
    if (asked.compare > 0)
        compare(runs, asked);
    else
        runs.run(asked.transactions, asked.threads, cleanup_by::finally);
    print(runs, connections);

    auto wrong = complete(context, audit(connections, runs, own));
    settle::set_report_handler(std::move(previous));
    if (reports > 0)
        wrong.push_back(std::to_string(reports) + " reports");
    for (const auto& line : wrong)
        std::cerr << "transactions: " << line << '\n';
    std::cout << (wrong.empty() ? "the books balance\n" : "the books do not balance\n");
    return wrong.empty() ? 0 : 1;
}

} // namespace bank
