// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// I/O objects whose default completion token has a cleanup.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/report_collector.hpp"
#include "support/tls.hpp"
#include "support/values.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::unit_test::label;
using settle::error_code;
using support::cleanup_error;

namespace {

/// What cleanups that know nothing of a test tell it.
struct told {
    static inline int cleanups = 0;
    static inline int ended = 0;
    static inline bool throws = false;
};

struct synchronous_cleanup {
    void operator()() const
    {
        ++told::cleanups;
        ++told::ended;
        if (told::throws)
            throw cleanup_error();
    }
};

struct coroutine_cleanup {
    asio::awaitable<void> operator()() const
    {
        ++told::cleanups;
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        ++told::ended;
        if (told::throws)
            throw cleanup_error();
    }
};

struct fixture {
    fixture()
    {
        told::cleanups = 0;
        told::ended = 0;
        told::throws = false;
    }

    void run(asio::awaitable<void> body)
    {
        asio::co_spawn(context, std::move(body), [this](std::exception_ptr failure) {
            finished = true;
            if (failure)
                std::rethrow_exception(failure);
        });
        context.restart();
        context.run();
        BOOST_TEST(finished);
    }

    asio::io_context context;
    support::report_collector reports;
    support::tcp_pair pair{context};
    std::array<char, 5> data{};
    bool finished = false;
};

template <class Cleanup>
using awaited = settle::finally_t<Cleanup, asio::use_awaitable_t<>>;

template <class Cleanup>
using deferred = settle::finally_t<Cleanup, asio::deferred_t>;

using cleanups = std::tuple<synchronous_cleanup, coroutine_cleanup>;

} // namespace

BOOST_AUTO_TEST_SUITE(operations_default_tokens, *label("S8"))

BOOST_FIXTURE_TEST_CASE_TEMPLATE(coroutine_reads_with_a_cleanup, Cleanup, cleanups, fixture)
{
    auto body = [this]() -> asio::awaitable<void> {
        auto socket = awaited<Cleanup>::as_default_on(std::move(pair.client));
        asio::write(pair.server, asio::buffer("helloworld", 10));
        const auto bytes = co_await asio::async_read(socket, asio::buffer(data));
        BOOST_TEST(bytes == 5u);
        BOOST_TEST(told::ended == 1);
        const auto some = co_await socket.async_read_some(asio::buffer(data));
        BOOST_TEST(some == 5u);
        BOOST_TEST(told::ended == 2);
        pair.server.close();
        bool caught = false;
        try {
            co_await asio::async_read(socket, asio::buffer(data));
        } catch (const boost::system::system_error& failure) {
            caught = failure.code() == asio::error::eof;
        }
        BOOST_TEST(caught);
        BOOST_TEST(told::ended == 3);
    };
    run(body());
    BOOST_TEST(told::cleanups == 3);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(coroutine_catches_the_cleanups_own_type, Cleanup, cleanups,
                                 fixture)
{
    told::throws = true;
    auto body = [this]() -> asio::awaitable<void> {
        auto socket = awaited<Cleanup>::as_default_on(std::move(pair.client));
        int caught = 0;
        for (const bool succeeds : {true, false}) {
            if (succeeds)
                asio::write(pair.server, asio::buffer("hello", 5));
            else
                pair.server.close();
            try {
                co_await asio::async_read(socket, asio::buffer(data));
            } catch (const cleanup_error&) {
                ++caught;
            }
        }
        BOOST_TEST(caught == 2);
    };
    run(body());
    BOOST_TEST(told::ended == 2);
    BOOST_TEST(reports.count(settle::report_kind::displaced_reason) == 1u);
    BOOST_TEST(reports.count() == 1u);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(operation_is_deferred_with_its_cleanup, Cleanup, cleanups, fixture)
{
    auto socket = deferred<Cleanup>::as_default_on(std::move(pair.client));
    auto reads = asio::async_read(socket, asio::buffer(data));
    BOOST_TEST(told::cleanups == 0);
    asio::write(pair.server, asio::buffer("hel", 3));
    pair.server.close();
    int completions = 0;
    std::move(reads)([&](error_code code, std::size_t bytes) {
        ++completions;
        BOOST_TEST((code == asio::error::eof));
        BOOST_TEST(bytes == 3u);
        BOOST_TEST(told::ended == 1);
    });
    context.run();
    BOOST_TEST(completions == 1);
    BOOST_TEST(told::cleanups == 1);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(accepting_and_connecting, Cleanup, cleanups, fixture)
{
    auto body = [this]() -> asio::awaitable<void> {
        auto acceptor = awaited<Cleanup>::as_default_on(support::loopback_acceptor(context));
        auto client = awaited<Cleanup>::as_default_on(tcp::socket(context));
        const std::array endpoints{acceptor.local_endpoint()};
        const auto endpoint = co_await asio::async_connect(client, endpoints);
        BOOST_TEST((endpoint == endpoints[0]));
        BOOST_TEST(told::ended == 1);
        // The accepted socket has the acceptor's executor, and so the same default.
        auto server = co_await acceptor.async_accept();
        static_assert(std::is_same_v<decltype(server), decltype(client)>);
        BOOST_TEST((server.remote_endpoint() == client.local_endpoint()));
        BOOST_TEST(told::ended == 2);
        const auto bytes = co_await asio::async_write(server, asio::buffer("hello", 5));
        BOOST_TEST(bytes == 5u);
    };
    run(body());
    BOOST_TEST(told::cleanups == 3);
    BOOST_TEST(told::ended == 3);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(timer, Cleanup, cleanups, fixture)
{
    auto body = [this]() -> asio::awaitable<void> {
        typename awaited<Cleanup>::template as_default_on_t<asio::steady_timer> due(
            context, asio::steady_timer::time_point::min());
        co_await due.async_wait();
        BOOST_TEST(told::ended == 1);
    };
    run(body());
    BOOST_TEST(told::cleanups == 1);
}

BOOST_FIXTURE_TEST_CASE_TEMPLATE(tls_stream_over_a_socket_with_a_default, Cleanup, cleanups,
                                 fixture)
{
    using socket = typename awaited<Cleanup>::template as_default_on_t<tcp::socket>;
    asio::ssl::stream<socket> client(std::move(pair.client), support::tls_contexts::get().client);
    asio::ssl::stream<tcp::socket> server(std::move(pair.server),
                                          support::tls_contexts::get().server);
    server.async_handshake(asio::ssl::stream_base::server, [&](error_code) {
        asio::async_read(server, asio::buffer(data), [&](error_code, std::size_t) {
            server.async_shutdown([](error_code) {});
        });
    });
    auto body = [&]() -> asio::awaitable<void> {
        co_await client.async_handshake(asio::ssl::stream_base::client);
        BOOST_TEST(told::ended == 1);
        const auto bytes = co_await asio::async_write(client, asio::buffer("hello", 5));
        BOOST_TEST(bytes == 5u);
        BOOST_TEST(told::ended == 2);
        co_await client.async_shutdown();
        BOOST_TEST(told::ended == 3);
    };
    run(body());
    BOOST_TEST(told::cleanups == 3);
}

BOOST_FIXTURE_TEST_CASE(other_defaults_inside, fixture)
{
    using as_future = settle::finally_t<synchronous_cleanup, asio::use_future_t<>>;
    auto socket = as_future::as_default_on(std::move(pair.client));
    asio::write(pair.server, asio::buffer("hello", 5));
    auto bytes = asio::async_read(socket, asio::buffer(data));
    context.run();
    BOOST_TEST(bytes.get() == 5u);

    using as_tuple =
        settle::finally_t<coroutine_cleanup, asio::as_tuple_t<asio::use_awaitable_t<>>>;
    auto other = as_tuple::as_default_on(std::move(pair.server));
    socket.close();
    auto body = [&]() -> asio::awaitable<void> {
        const auto [code, none] = co_await asio::async_read(other, asio::buffer(data));
        BOOST_TEST((code == asio::error::eof));
        BOOST_TEST(none == 0u);
    };
    run(body());
    BOOST_TEST(told::cleanups == 2);
    BOOST_TEST(told::ended == 2);
}

BOOST_FIXTURE_TEST_CASE(token_of_the_call_takes_precedence, fixture)
{
    auto socket = awaited<synchronous_cleanup>::as_default_on(std::move(pair.client));
    pair.server.close();
    error_code seen;
    socket.async_read_some(asio::buffer(data), [&](error_code code, std::size_t) { seen = code; });
    context.run();
    BOOST_TEST((seen == asio::error::eof));
    BOOST_TEST(told::cleanups == 0);
}

BOOST_AUTO_TEST_SUITE_END()
