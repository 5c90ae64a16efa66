// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "bank.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>

namespace bank {
namespace {

namespace asio = boost::asio;

constexpr auto transfer_count = "bank:transfers";

std::string key(int account)
{
    return "bank:account:" + std::to_string(account);
}

} // namespace

not_covered::not_covered()
    : std::runtime_error("the account has not got as much")
{
}

mishap::mishap()
    : std::runtime_error("a mishap in mid-transaction")
{
}

order random_order(std::mt19937_64& random)
{
    const auto below = [&](int limit) {
        return std::uniform_int_distribution<int>(0, limit - 1)(random);
    };
    order drawn;
    drawn.from = below(accounts);
    drawn.to = (drawn.from + 1 + below(accounts - 1)) % accounts;
    drawn.amount = 1 + below(200);
    const auto lot = below(100);
    if (lot < 4)
        drawn.what = fault::throws_reading;
    else if (lot < 8)
        drawn.what = fault::throws_queueing;
    else if (lot < 10)
        drawn.what = fault::stalls;
    if (lot >= 8 && lot < 14)
        drawn.patience = std::chrono::microseconds(below(2000));
    return drawn;
}

asio::awaitable<bool> transfer(lease& held, order asked, answers& heard)
{
    auto& redis = *co_await held.open();
    const auto from = key(asked.from);
    const auto to = key(asked.to);
    co_await redis.watch(from, to);
    const auto balance = co_await redis.command("GET", from);
    if (asked.what == fault::throws_reading)
        throw mishap();
    if (balance.number() < asked.amount)
        throw not_covered();

    co_await redis.multi();
    co_await redis.command("DECRBY", from, asked.amount);
    if (asked.what == fault::throws_queueing)
        throw mishap();
    if (asked.what == fault::stalls) {
        asio::steady_timer stall(co_await asio::this_coro::executor, std::chrono::hours(1));
        co_await stall.async_wait(asio::use_awaitable);
    }
    co_await redis.command("INCRBY", to, asked.amount);
    co_await redis.command("INCR", transfer_count);

    ++heard.in_doubt;
    const bool committed = co_await redis.exec();
    --heard.in_doubt;
    if (committed)
        ++heard.committed;
    co_return committed;
}

asio::awaitable<void> open_accounts(connection& redis)
{
    for (int account = 0; account < accounts; ++account) {
        const auto name = key(account);
        co_await redis.command("SET", name, opening_balance);
    }
    co_await redis.command("SET", transfer_count, 0);
}

asio::awaitable<balance_sheet> read_balance_sheet(connection& redis)
{
    balance_sheet sheet;
    for (int account = 0; account < accounts; ++account) {
        const auto name = key(account);
        const auto balance = co_await redis.command("GET", name);
        sheet.sum += balance.number();
    }
    const auto transfers = co_await redis.command("GET", transfer_count);
    sheet.transfers = transfers.number();
    co_return sheet;
}

} // namespace bank
