// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "load.hpp"

#include "transact.hpp"
#include "transact_by_hand.hpp"

#include <settle/combinators.hpp>
#include <settle/error.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace bank {
namespace {

namespace asio = boost::asio;

constexpr int workers = 24;

} // namespace

load::load(asio::io_context& context, pool& connections, std::uint64_t seed)
    : context_(context)
    , connections_(connections)
    , seeds_(seed)
{
}

void load::run(std::int64_t count, unsigned threads, cleanup_by way)
{
    left_ = count;
    for (int i = 0; i < workers; ++i) {
        asio::co_spawn(asio::make_strand(context_), work(seeds_(), way),
                       [](const std::exception_ptr& why) {
                           if (why)
                               std::rethrow_exception(why);
                       });
    }
    context_.restart();
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i)
        others.emplace_back([this] { context_.run(); });
    context_.run();
}

/// With a timeout where the order has one. What is cancelled then cleans up behind the worker's
/// back, which goes on at once.
asio::awaitable<bool> load::attempt(order asked, cleanup_by way)
{
    auto transaction = begin(asked, way);
    if (!asked.patience)
        co_return co_await std::move(transaction);
    const auto executor = co_await asio::this_coro::executor;
    auto begun = asio::co_spawn(executor, std::move(transaction), settle::use_promise);
    auto timely = settle::timeout(*asked.patience, std::move(begun));
    co_return co_await std::move(timely)(asio::use_awaitable);
}

asio::awaitable<bool> load::begin(order asked, cleanup_by way)
{
    const auto carry_out = [this, asked](lease& held) { return transfer(held, asked, heard); };
    return way == cleanup_by::finally ? transact(connections_, carry_out)
                                      : transact_by_hand(connections_, carry_out);
}

asio::awaitable<void> load::work(std::uint64_t seed, cleanup_by way)
{
    std::mt19937_64 random(seed);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (--left_ >= 0) {
        const auto asked = random_order(random);
        ++seen.begun;
        bool lost = false;
        try {
            const bool committed = co_await attempt(asked, way);
            ++(committed ? seen.committed : seen.conflicts);
        } catch (const not_covered&) {
            ++seen.not_covered;
        } catch (const mishap&) {
            ++seen.mishaps;
        } catch (const server_error&) {
            lost = true;
        } catch (const boost::system::system_error& e) {
            lost = e.code() != settle::errc::timed_out;
            seen.timed_out += lost ? 0 : 1;
        }
        if (lost) {
            ++seen.lost;
            pause.expires_after(std::chrono::milliseconds(20));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}

} // namespace bank
