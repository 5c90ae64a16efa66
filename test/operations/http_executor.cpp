// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Where the cleanups of Beast's operations run: on Boost 1.81 its initiations show no executor, so
// it is that of the stream. And Beast's streams with a default token that has a cleanup.

#include <settle/finally.hpp>
#include <settle/promise.hpp>
#include <settle/use_promise.hpp>

#include "support/loopback.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;

namespace {

using strand = asio::strand<asio::io_context::executor_type>;
using stream_on_strand = beast::basic_stream<asio::ip::tcp, strand>;

constexpr std::string_view text = "PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

/// A stream on a strand, and what a cleanup sees of where it runs.
struct fixture {
    fixture()
    {
        support::tcp_pair pair(context);
        asio::write(pair.server, asio::buffer(text));
        const auto native = pair.client.release();
        stream.socket().assign(asio::ip::tcp::v4(), native);
    }

    auto coroutine()
    {
        return [this]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            started_on = executor;
            co_await asio::post(executor, asio::use_awaitable);
            ++ended;
        };
    }

    asio::io_context context;
    strand home{context.get_executor()};
    stream_on_strand stream{home};
    beast::flat_buffer buffer;
    http::request<http::string_body> message;
    asio::any_io_executor started_on;
    int ended = 0;
    int completions = 0;
};

int cleanups_by_default = 0;

struct default_cleanup {
    asio::awaitable<void> operator()() const
    {
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        ++cleanups_by_default;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(operations_http_executor, fixture)

BOOST_AUTO_TEST_CASE(coroutine_cleanup_starts_on_the_streams_executor, *label("E11"))
{
    http::async_read(stream, buffer, message,
                     finally(coroutine(), [this](error_code code, std::size_t bytes) {
                         BOOST_TEST(!code);
                         BOOST_TEST(bytes == text.size());
                         BOOST_TEST(ended == 1);
                         BOOST_TEST(home.running_in_this_thread());
                         ++completions;
                     }));
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST((started_on == home));
}

BOOST_AUTO_TEST_CASE(executor_of_the_handler_takes_precedence, *label("E11") * label("E4"))
{
    const strand other(context.get_executor());
    http::async_read(
        stream, buffer, message,
        finally(coroutine(), asio::bind_executor(other, [&](error_code code, std::size_t bytes) {
                    BOOST_TEST(!code);
                    BOOST_TEST(bytes == text.size());
                    BOOST_TEST(other.running_in_this_thread());
                    ++completions;
                })));
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST((started_on == other));
}

BOOST_AUTO_TEST_CASE(deferred_operation_has_it_too, *label("E11"))
{
    auto guarded = http::async_read(stream, buffer, message, asio::deferred) | finally(coroutine());
    std::move(guarded)([this](error_code code, std::size_t) {
        BOOST_TEST(!code);
        ++completions;
    });
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST((started_on == home));
}

BOOST_AUTO_TEST_CASE(promise_has_the_streams_executor, *label("E11"))
{
    auto read =
        http::async_read(stream, buffer, message, finally(coroutine(), settle::use_promise));
    BOOST_TEST((read.get_executor() == home));
    std::move(read)
        .then([this](std::size_t bytes) {
            BOOST_TEST(bytes == text.size());
            BOOST_TEST(home.running_in_this_thread());
            ++completions;
        })
        .detach();
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST((started_on == home));
}

BOOST_AUTO_TEST_CASE(stream_with_a_default_token, *label("E11") * label("S8"))
{
    using guarded = settle::finally_t<default_cleanup, asio::use_awaitable_t<>>;
    cleanups_by_default = 0;
    support::tcp_pair pair(context);
    asio::write(pair.server, asio::buffer(text));
    guarded::as_default_on_t<beast::tcp_stream> other(std::move(pair.client));
    auto body = [&]() -> asio::awaitable<void> {
        const auto bytes = co_await http::async_read(other, buffer, message);
        BOOST_TEST(bytes == text.size());
        BOOST_TEST(cleanups_by_default == 1);
        ++completions;
    };
    asio::co_spawn(context, body, [](std::exception_ptr failure) { BOOST_TEST(!failure); });
    context.run();
    BOOST_TEST(completions == 1);
}

BOOST_AUTO_TEST_SUITE_END()
