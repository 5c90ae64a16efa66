// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "peer.hpp"

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace echo {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

} // namespace

peer::peer(asio::io_context& context, const script& plan, desk at, server& service,
           guest_list& guests)
    : socket_(context)
    , plan_(plan)
    , desk_(at)
    , service_(service)
    , guests_(guests)
{
}

asio::awaitable<void> peer::run()
{
    co_await connect();
    if (plan_.kind == peer_kind::half_closes)
        co_await exchange_pipelined();
    else
        co_await exchange_frames();
    co_await end_its_way();
    socket_.close();
}

asio::awaitable<void> peer::connect()
{
    socket_.open(tcp::v4());
    socket_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    guests_.announce(socket_.local_endpoint(), plan_);

    entry booked(*desk_.books);
    desk_.in_flight->up();
    const auto leave = [&]() noexcept {
        desk_.in_flight->down();
        booked.cleaned();
    };
    auto connected = socket_.async_connect(service_.local_endpoint(),
                                           settle::finally(leave, settle::use_promise));
    auto outcome = settle::as_outcome(std::move(connected));
    const auto result = co_await std::move(outcome)(asio::use_awaitable);
    booked.ended_and_delivered(result ? error_code() : result.error().code());
    result.value();
}

asio::awaitable<void> peer::exchange_frames()
{
    for (std::size_t i = 0; i < plan_.frames.size(); ++i) {
        const auto payload = payload_of(i);
        const auto begun = clock::now();
        co_await send_frame(plan_.frames[i], payload);
        if (!co_await receive_echo(payload))
            break;
        latencies_.push_back(clock::now() - begun);
    }
}

asio::awaitable<void> peer::exchange_pipelined()
{
    const auto begun = clock::now();
    for (std::size_t i = 0; i < plan_.frames.size(); ++i) {
        const auto payload = payload_of(i);
        co_await send_frame(plan_.frames[i], payload);
    }
    socket_.shutdown(tcp::socket::shutdown_send);
    for (std::size_t i = 0; i < plan_.frames.size(); ++i) {
        const auto payload = payload_of(i);
        if (!co_await receive_echo(payload))
            break;
        latencies_.push_back(clock::now() - begun);
    }
}

asio::awaitable<void> peer::end_its_way()
{
    switch (plan_.kind) {
    case peer_kind::resets_in_mid_frame:
        co_return co_await reset_in_mid_frame();
    case peer_kind::goes_over_the_limit:
        co_await go_over_the_limit();
        break;
    case peer_kind::is_cancelled:
        service_.dismiss(socket_.local_endpoint());
        break;
    case peer_kind::cleanup_throws:
    case peer_kind::cleanup_rejects:
        if (plan_.after_failure)
            socket_.shutdown(tcp::socket::shutdown_send);
        break;
    case peer_kind::orderly:
    case peer_kind::cleanup_takes_time: {
        const buffer nothing;
        co_await send_frame(notice_bit, nothing);
        break;
    }
    case peer_kind::half_closes:
    case peer_kind::falls_silent:
        break;
    }
    co_await hear_goodbye();
}

asio::awaitable<void> peer::reset_in_mid_frame()
{
    const buffer half(500);
    co_await send_frame(1000, half);
    socket_.set_option(asio::socket_base::linger(true, 0));
}

asio::awaitable<void> peer::go_over_the_limit()
{
    const buffer some(10'000);
    co_await send_frame(frame_limit + 1, some);
}

asio::awaitable<void> peer::hear_goodbye()
{
    const buffer nothing;
    if (notice_.empty() && co_await receive_echo(nothing))
        throw std::runtime_error("an echo of nothing in place of a goodbye");
    if (!notice_.starts_with(expected_notice()))
        throw std::runtime_error("expected '" + expected_notice() + "', heard '" + notice_ + "'");
    co_await expect_end();
}

asio::awaitable<void> peer::send_frame(std::uint32_t length, const buffer& payload)
{
    const auto header = encode_header(length);
    const std::array<asio::const_buffer, 2> frame{asio::buffer(header), asio::buffer(payload)};
    auto writing = attend(desk_, asio::async_write(socket_, frame, asio::deferred));
    co_await std::move(writing);
}

asio::awaitable<bool> peer::receive_echo(const buffer& expected)
{
    frame_header header{};
    auto heading = attend(desk_, asio::async_read(socket_, asio::buffer(header), asio::deferred));
    co_await std::move(heading);

    const auto length = decode_header(header);
    buffer body(length & ~notice_bit);
    auto reading = attend(desk_, asio::async_read(socket_, asio::buffer(body), asio::deferred));
    co_await std::move(reading);

    if (length & notice_bit) {
        notice_.assign(body.begin(), body.end());
        co_return false;
    }
    if (body != expected)
        throw std::runtime_error("an echo that differs");
    co_return true;
}

asio::awaitable<void> peer::expect_end()
{
    std::array<unsigned char, 1> more{};
    try {
        auto reading = attend(desk_, asio::async_read(socket_, asio::buffer(more), asio::deferred));
        co_await std::move(reading);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::eof)
            co_return;
        throw;
    }
    throw std::runtime_error("more after the goodbye");
}

buffer peer::payload_of(std::size_t frame) const
{
    buffer made(plan_.frames[frame]);
    auto state = plan_.content + frame;
    for (auto& byte : made) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        byte = static_cast<unsigned char>(state >> 56);
    }
    return made;
}

std::string peer::expected_notice() const
{
    switch (plan_.kind) {
    case peer_kind::falls_silent:
        return "goodbye: idle for ";
    case peer_kind::is_cancelled:
        return "goodbye: dismissed";
    case peer_kind::goes_over_the_limit:
        return "refused: a frame of 1048577 bytes";
    case peer_kind::cleanup_throws:
        return "goodbye: a cleanup threw";
    case peer_kind::cleanup_rejects:
        return "goodbye: Input/output error";
    default:
        return "goodbye";
    }
}

} // namespace echo
