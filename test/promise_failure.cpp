// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What fails on the way: moves, conversions, allocators; and what only looks like a failure.

#include <settle/promise.hpp>

#include "support/report_collector.hpp"

#include <settle/finally.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

/// Throws when it is moved while armed.
struct fragile {
    explicit fragile(bool* when = nullptr)
        : armed(when)
    {
    }
    fragile(fragile&& other)
        : armed(other.armed)
    {
        if (armed && *armed)
            throw std::runtime_error("move");
    }

    bool* armed;
};

/// What an io_context's executor cannot be converted to while armed.
struct reluctant : asio::any_io_executor {
    using given = asio::io_context::executor_type;

    reluctant(const given& executor)
        : any_io_executor(executor)
    {
        if (armed)
            throw std::runtime_error("conversion");
    }

    static inline bool armed = false;
};

/// An allocator with nothing to give.
template <class T>
struct exhausted {
    using value_type = T;

    exhausted() = default;
    template <class U>
    exhausted(const exhausted<U>&) noexcept
    {
    }

    T* allocate(std::size_t) { throw std::bad_alloc(); }
    void deallocate(T*, std::size_t) noexcept {}
    friend bool operator==(const exhausted&, const exhausted&) = default;
};

} // namespace

BOOST_AUTO_TEST_CASE(value_that_cannot_be_moved_out_reaches_the_handler_as_an_exception,
                     *label("F10"))
{
    asio::io_context context;
    bool armed = false;
    int completions = 0;
    std::string what;
    auto [p, r] = settle::with_resolvers<fragile>(context);
    r.resolve(&armed);
    armed = true;
    std::move(p)([&](std::exception_ptr exception, fragile) {
        ++completions;
        what = settle::reason(exception).message();
    });
    BOOST_CHECK_NO_THROW(context.run());
    BOOST_TEST(completions == 1);
    BOOST_TEST(what == "move");
}

BOOST_AUTO_TEST_CASE(conversion_of_handles_that_throws_leaves_them, *label("P1"))
{
    asio::io_context context;
    auto [p, r] = settle::with_resolvers<int>(context);
    reluctant::armed = true;
    using promise = settle::promise<int, reluctant>;
    using resolver = settle::resolver<int, reluctant>;
    BOOST_CHECK_THROW(static_cast<void>(promise(std::move(p))), std::runtime_error);
    BOOST_CHECK_THROW(static_cast<void>(resolver(std::move(r))), std::runtime_error);
    reluctant::armed = false;
    promise converted(std::move(p));
    int value = 0;
    std::move(converted).then([&](int v) { value = v; }).detach();
    BOOST_TEST(r.resolve(7));
    context.run();
    BOOST_TEST(value == 7);
}

BOOST_AUTO_TEST_CASE(conversion_that_throws_in_reject_decides_nothing, *label("P1"))
{
    struct unconvertible {
        operator settle::reason() const { throw std::runtime_error("conversion"); }
    };
    asio::io_context context;
    settle::error_code seen;
    auto [p, r] = settle::with_resolvers<void>(context);
    std::move(p).catch_([&](settle::error_code code) { seen = code; }).detach();
    BOOST_CHECK_THROW(r.reject(unconvertible()), std::runtime_error);
    BOOST_TEST(r.reject(errc::timed_out));
    context.run();
    BOOST_TEST((seen == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(error_conditions_become_codes, *label("P7"))
{
    asio::io_context context;
    std::vector<settle::error_code> seen;
    const auto note = [&](settle::error_code code) { seen.push_back(code); };
    settle::rejected<void>(context, boost::system::errc::timed_out).catch_(note).detach();
    settle::rejected<void>(context, std::errc::timed_out).catch_(note).detach();
    context.run();
    BOOST_TEST_REQUIRE(seen.size() == 2U);
    BOOST_TEST((seen[0] == boost::system::errc::timed_out));
    BOOST_TEST((seen[1] == boost::system::errc::timed_out));
}

BOOST_AUTO_TEST_CASE(displaced_reasons_keep_their_order_as_a_code_becomes_an_exception,
                     *label("F9") * label("P6"))
{
    support::report_collector reports;
    asio::io_context context;
    settle::rejected<void>(context, boost::system::errc::bad_address)
        .finally([] { throw std::runtime_error("second"); })
        .finally([&] { return settle::rejected<void>(context, errc::timed_out); })
        .catch_([](const boost::system::system_error&) {})
        .detach();
    context.run();
    const auto displaced = reports.all(settle::report_kind::displaced_reason);
    BOOST_TEST_REQUIRE(displaced.size() == 2U);
    BOOST_TEST((displaced[0].why.code() == boost::system::errc::bad_address));
    BOOST_TEST(displaced[1].why.message() == "second");
}

BOOST_AUTO_TEST_CASE(bound_empty_callables_are_empty, *label("F3") * label("P3"))
{
    asio::io_context context;
    const std::function<void()> no_cleanup;
    const std::function<int(int)> no_handler;
    int seen = 0;
    settle::resolved(context, 1)
        .finally(asio::bind_executor(context, no_cleanup))
        .then(asio::bind_executor(context, no_handler))
        .finally(std::ref(no_cleanup))
        .then([&](int value) { seen = value; })
        .detach();
    std::exception_ptr failure;
    asio::post(context, settle::finally(asio::bind_executor(context, no_cleanup),
                                        [&](std::exception_ptr e) { failure = e; }));
    context.run();
    BOOST_TEST(seen == 1);
    BOOST_TEST(!failure);
}

BOOST_AUTO_TEST_CASE(rejection_is_reported_when_nothing_could_be_attached, *label("U1"))
{
    support::report_collector reports;
    asio::io_context context;
    {
        auto p = settle::rejected<int>(context, errc::timed_out);
        const auto attach = [&] {
            std::move(p)(asio::bind_allocator(exhausted<int>(), [](std::exception_ptr, int) {}));
        };
        BOOST_CHECK_THROW(attach(), std::bad_alloc);
    }
    context.run();
    const auto reported = reports.all(settle::report_kind::unhandled_rejection);
    BOOST_TEST_REQUIRE(reported.size() == 1U);
    BOOST_TEST((reported[0].why.code() == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(failed_cleanup_is_told_when_the_result_could_not_be_stored,
                     *label("F9") * label("F10"))
{
    support::report_collector reports;
    asio::io_context context;
    bool armed = false;
    int completions = 0;
    auto operation = [&](auto&& token) {
        return asio::async_initiate<decltype(token), void(settle::error_code, fragile)>(
            [&](auto handler) {
                asio::post(context, [&armed, handler = std::move(handler)]() mutable {
                    fragile value(&armed);
                    armed = true;
                    handler(settle::error_code(), std::move(value));
                });
            },
            token);
    };
    operation(
        settle::finally([&] { return settle::rejected<void>(context, errc::timed_out); },
                        asio::bind_executor(context.get_executor(),
                                            [&](settle::error_code, fragile) { ++completions; })));
    BOOST_CHECK_THROW(context.run(), std::runtime_error);
    BOOST_TEST(completions == 0);
    const auto reported = reports.all(settle::report_kind::cleanup_failed);
    BOOST_TEST_REQUIRE(reported.size() == 1U);
    BOOST_TEST((reported[0].why.code() == errc::timed_out));
}
