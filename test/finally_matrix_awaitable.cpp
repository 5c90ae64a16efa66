// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "support/finally_matrix.hpp"

#include <boost/asio/co_spawn.hpp>

namespace asio = boost::asio;
namespace matrix = support::matrix;
using boost::unit_test::label;
using settle::report_kind;
using support::cleanup_error;
using support::holds;

namespace {

template <class T>
asio::awaitable<T> operation(matrix::cell& c, bool fulfilled)
{
    co_await support::settle_after(c.context.get_executor(), 1, nullptr, asio::use_awaitable);
    if (!fulfilled)
        std::rethrow_exception(c.operation_failure);
    if constexpr (!std::is_void_v<T>)
        co_return matrix::make_value(std::type_identity<T>());
}

struct awaitable_surface {
    template <class T, class Cleanup>
    static auto run(matrix::cell& c, bool fulfilled, Cleanup cleanup)
    {
        using value = decltype(matrix::make_value(std::type_identity<T>()));
        matrix::seen<value> result;
        auto body = [&c, fulfilled, &cleanup, &result]() -> asio::awaitable<void> {
            auto guarded = operation<T>(c, fulfilled) | settle::finally(cleanup);
            if constexpr (std::is_void_v<T>) {
                co_await std::move(guarded);
                result.value.emplace();
            } else {
                result.value.emplace(co_await std::move(guarded));
            }
        };
        asio::co_spawn(c.context, body, [&](std::exception_ptr exception) {
            c.completed();
            if (exception)
                result.why.emplace(exception);
        });
        c.context.run();
        return result;
    }

    template <class Seen>
    static void check(const matrix::cell& c, bool fulfilled, const Seen& result, bool failed)
    {
        if (failed)
            BOOST_TEST(holds<cleanup_error>(result.why->exception()));
        else if (fulfilled)
            BOOST_TEST(matrix::intact(*result.value));
        else
            BOOST_TEST((result.why->exception() == c.operation_failure));
        const auto displaced = c.reports.all(report_kind::displaced_reason);
        BOOST_TEST(displaced.size() == (!fulfilled && failed ? 1u : 0u));
        for (const auto& report : displaced)
            BOOST_TEST((report.why.exception() == c.operation_failure));
        BOOST_TEST(c.reports.count() == displaced.size());
    }
};

} // namespace

BOOST_TEST_DECORATOR(*label("F3") * label("F4") * label("F5") * label("F6") * label("F7") *
                     label("F8") * label("F9") * label("F15") * label("U4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(matrix_on_an_awaitable, Value, matrix::values)
{
    matrix::run_every_kind<awaitable_surface, typename Value::type>();
}
