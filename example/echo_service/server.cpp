// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "server.hpp"

#include <settle/finally.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace echo {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::string describe(const tcp::endpoint& where, std::string_view what)
{
    std::ostringstream line;
    line << where << ": " << what;
    return std::move(line).str();
}

tcp::acceptor listen(const asio::any_io_executor& executor, const tcp::endpoint& where)
{
    try {
        return tcp::acceptor(executor, where);
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error("cannot listen on " + describe(where, e.code().message()));
    }
}

} // namespace

server::server(asio::io_context& context, const tcp::endpoint& where, admission admit, logger log)
    : context_(context)
    , strand_(asio::make_strand(context))
    , acceptor_(listen(strand_, where))
    , timer_(strand_)
    , admit_(std::move(admit))
    , log_(std::move(log))
{
}

settle::promise<void> server::start()
{
    return settle::promise<void>(strand_, [this](settle::resolver<void> finished) {
        finished_ = std::move(finished);
        asio::post(strand_, [this] { accept(); });
    });
}

void server::accept()
{
    booked_.emplace(accepting_);
    accept_in_flight_ = true;
    shared_.in_flight.up();
    const auto leave = [this]() noexcept {
        accept_in_flight_ = false;
        shared_.in_flight.down();
        booked_->cleaned();
    };
    const auto handler = [this](const error_code& ec, tcp::socket socket) {
        accepted(ec, std::move(socket));
    };
    // Each session gets a strand of its own.
    acceptor_.async_accept(asio::any_io_executor(asio::make_strand(context_)), peer_,
                           settle::finally(leave, handler));
}

void server::accepted(const error_code& ec, tcp::socket socket)
{
    booked_->ended_and_delivered(ec);
    if (stopping_)
        return finish_when_empty();
    if (!ec) {
        if (auto terms = admit_(peer_))
            open_session(std::move(socket), std::move(*terms));
    } else if (ec != asio::error::connection_aborted) {
        log_("cannot accept: " + ec.message() + "; trying again");
        return retry_later();
    }
    accept();
}

/// Not at once: with no file descriptor left, that would be a busy loop.
void server::retry_later()
{
    timer_.expires_after(milliseconds(100));
    timer_.async_wait([this](const error_code& ec) {
        if (!ec && !stopping_)
            accept();
    });
}

void server::open_session(tcp::socket socket, session_terms terms)
{
    const auto number = admitted_++;
    const auto opened =
        std::make_shared<session>(std::move(socket), peer_, shared_, std::move(terms));
    sessions_.emplace(number, opened);
    auto ended = [this, number](const std::exception_ptr&) { session_ended(number); };
    asio::co_spawn(opened->get_executor(), opened->run(),
                   asio::bind_cancellation_slot(opened->stop_slot(),
                                                asio::bind_executor(strand_, std::move(ended))));
}

void server::session_ended(std::uint64_t number)
{
    const auto found = sessions_.find(number);
    if (const auto& words = found->second->last_words(); words != "goodbye")
        log_(describe(found->second->peer(), words));
    sessions_.erase(found);
    finish_when_empty();
}

void server::stop(milliseconds grace)
{
    asio::post(strand_, [this, grace] {
        stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        timer_.expires_after(grace);
        timer_.async_wait([this](const error_code& ec) {
            if (!ec)
                cancel_sessions();
        });
        finish_when_empty();
    });
}

void server::cancel_sessions()
{
    for (const auto& [number, open] : sessions_)
        open->cancel("goodbye: the service is stopping");
}

void server::dismiss(const tcp::endpoint& peer)
{
    asio::post(strand_, [this, peer] {
        // From the newest: an older one with the same peer is about to end.
        for (const auto& [number, open] : std::views::reverse(sessions_)) {
            if (open->peer() == peer)
                return open->cancel("goodbye: dismissed");
        }
    });
}

void server::finish_when_empty()
{
    if (!stopping_ || accept_in_flight_ || !sessions_.empty())
        return;
    timer_.cancel();
    if (finished_)
        finished_->resolve();
}

} // namespace echo
