// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "session.hpp"

#include "duration.hpp"

#include <settle/finally.hpp>
#include <settle/reason.hpp>
#include <settle/use_promise.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

namespace echo {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

} // namespace

std::vector<std::string> discrepancies(const resources& shared)
{
    std::vector<std::string> found;
    if (const auto left = shared.in_flight.value())
        found.push_back("gauge: " + std::to_string(left) + " operations are still in flight");
    if (const auto made = shared.buffers.made(), idle = shared.buffers.idle(); made != idle) {
        found.push_back("pool: " + std::to_string(made) + " buffers were made, but " +
                        std::to_string(idle) + " are back");
    }
    return found;
}

session::session(tcp::socket socket, const tcp::endpoint& peer, resources& shared,
                 session_terms terms)
    : socket_(std::move(socket))
    , peer_(peer)
    , buffers_(shared.buffers)
    , terms_(std::move(terms))
    , desk_(*terms_.books, shared.in_flight)
    , deadline_(socket_.get_executor())
{
}

asio::awaitable<void> session::run()
{
    const auto self = shared_from_this();
    // However the conversation ends, cancellation included, the goodbye is said in peace.
    const auto goodbye = [this] { return say_goodbye(); };
    auto whole = converse() | settle::finally(goodbye);
    co_await std::move(whole);
}

asio::awaitable<void> session::converse()
{
    try {
        while (co_await echo_frame()) {
        }
    } catch (const boost::system::system_error& e) {
        if (last_words_.empty() && e.code() != asio::error::eof)
            last_words_ = "goodbye: " + e.code().message();
        throw;
    } catch (const std::exception& e) {
        // A cleanup's own exception arrives with its type, also from an error_code operation.
        last_words_ = std::string("goodbye: ") + e.what();
        throw;
    }
}

asio::awaitable<bool> session::echo_frame()
{
    frame_header header{};
    auto reading = step(asio::async_read(socket_, asio::buffer(header), asio::deferred));
    co_await std::move(reading);

    const auto length = decode_header(header);
    if (length == notice_bit)
        co_return false;
    if (length > frame_limit) {
        last_words_ = "refused: a frame of " + std::to_string(length) +
                      " bytes is over the limit of " + std::to_string(frame_limit);
        co_return false;
    }

    auto payload = buffers_.take(length);
    const auto give_back = [&]() noexcept { buffers_.give_back(std::move(payload)); };
    auto exchange = return_payload(header, payload) | settle::finally(give_back);
    co_await std::move(exchange);
    co_return true;
}

asio::awaitable<void> session::return_payload(const frame_header& header, buffer& payload)
{
    auto reading = step(asio::async_read(socket_, asio::buffer(payload), asio::deferred));
    co_await std::move(reading);

    const std::array<asio::const_buffer, 2> frame{asio::buffer(header), asio::buffer(payload)};
    auto writing = step(asio::async_write(socket_, frame, asio::deferred));
    co_await std::move(writing);
}

/// One operation of the conversation, under the session's deadline.
template <class Operation>
asio::awaitable<void> session::step(Operation operation)
{
    deadline_.arm(terms_.idle, [self = shared_from_this()] {
        self->stop("goodbye: idle for " + to_string(self->terms_.idle));
    });
    const auto disarm = [this]() noexcept { deadline_.disarm(); };
    const auto further = [this](entry& booked) {
        // An empty cleanup lets the outcome pass.
        return terms_.further ? terms_.further(socket_.get_executor(), booked) : cleanup();
    };
    auto timely =
        attend(desk_, std::move(operation), further, terms_.where) | settle::finally(disarm);
    co_await std::move(timely);
}

settle::promise<void> session::say_goodbye()
{
    leaving_ = true;
    if (last_words_.empty())
        last_words_ = "goodbye";
    const auto header = encode_header(notice_bit | static_cast<std::uint32_t>(last_words_.size()));
    goodbye_frame_.assign(header.begin(), header.end()).append(last_words_);

    const auto self = shared_from_this();
    deadline_.arm(terms_.farewell, [self] { self->hang_up(); });

    const auto booked = std::make_shared<entry>(*desk_.books);
    desk_.in_flight->up();
    const auto leave = [self, booked]() noexcept {
        self->desk_.in_flight->down();
        booked->cleaned();
    };
    return asio::async_write(socket_, asio::buffer(goodbye_frame_),
                             settle::finally(leave, settle::use_promise))
        .then(
            [self, booked](std::size_t bytes) {
                booked->ended_and_delivered(error_code(), bytes);
                self->socket_.shutdown(tcp::socket::shutdown_send);
                return self->drain();
            },
            [booked](const settle::reason& why) { booked->ended_and_delivered(why.code()); })
        // A peer that is gone misses nothing, and what ended the conversation matters more.
        .catch_([](error_code) {})
        .finally([self] {
            self->deadline_.disarm();
            self->hang_up();
        });
}

/// Reads until the peer closes: to close with data unread would reset the connection, and the peer
/// might lose the goodbye.
asio::awaitable<void> session::drain()
{
    std::array<unsigned char, 4096> ignored;
    for (;;) {
        auto rest = attend(desk_, socket_.async_read_some(asio::buffer(ignored), asio::deferred));
        co_await std::move(rest);
    }
}

void session::cancel(std::string why)
{
    asio::post(socket_.get_executor(), [self = shared_from_this(), why = std::move(why)]() mutable {
        self->stop(std::move(why));
    });
}

void session::stop(std::string why)
{
    if (leaving_)
        return;
    last_words_ = std::move(why);
    stop_.emit(asio::cancellation_type::terminal);
}

void session::hang_up() noexcept
{
    error_code ignored;
    socket_.close(ignored);
}

} // namespace echo
