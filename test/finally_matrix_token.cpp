// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "support/finally_matrix.hpp"
#include "support/manual_operation.hpp"

#include <boost/asio/error.hpp>

namespace asio = boost::asio;
namespace matrix = support::matrix;
using boost::unit_test::label;
using settle::report_kind;
using support::cleanup_error;
using support::holds;
using support::operation_error;

namespace {

template <class Slot, class T>
struct operation_of {
    using type = support::manual_operation<void(Slot, T)>;
    using seen = matrix::seen<T>;
};

template <class Slot>
struct operation_of<Slot, void> {
    using type = support::manual_operation<void(Slot)>;
    using seen = matrix::seen<std::tuple<>>;
};

template <class Slot, class... Ts>
struct operation_of<Slot, std::tuple<Ts...>> {
    using type = support::manual_operation<void(Slot, Ts...)>;
    using seen = matrix::seen<std::tuple<Ts...>>;
};

template <class Slot>
struct token_surface {
    template <class T, class Cleanup>
    static auto run(matrix::cell& c, bool fulfilled, Cleanup cleanup)
    {
        using operations = operation_of<Slot, T>;
        typename operations::type operation(c.context.get_executor());
        typename operations::seen result;
        operation.async_run(settle::finally(std::move(cleanup),
                                            [&c, &result]<class... Ts>(Slot slot, Ts&&... values) {
                                                c.completed();
                                                if (slot)
                                                    result.why.emplace(slot);
                                                result.value.emplace(std::forward<Ts>(values)...);
                                            }));
        BOOST_TEST(c.cleanups == 0);
        const auto complete = [&]<class... Ts>(Ts... values) {
            operation.complete(fulfilled ? Slot() : failure(c), std::move(values)...);
        };
        if constexpr (requires(T t) { std::tuple_size<T>(); })
            std::apply(complete, matrix::make_value(std::type_identity<T>()));
        else if constexpr (std::is_void_v<T>)
            complete();
        else
            complete(matrix::make_value(std::type_identity<T>()));
        c.context.run();
        return result;
    }

    static Slot failure(const matrix::cell& c)
    {
        if constexpr (std::is_same_v<Slot, std::exception_ptr>)
            return c.operation_failure;
        else
            return asio::error::eof;
    }

    // The original as the report hook gets it.
    static void check_displaced(const matrix::cell& c, bool displaced)
    {
        const auto reported = c.reports.all(report_kind::displaced_reason);
        BOOST_TEST(reported.size() == (displaced ? 1u : 0u));
        for (const auto& report : reported) {
            if constexpr (std::is_same_v<Slot, std::exception_ptr>)
                BOOST_TEST((report.why.exception() == c.operation_failure));
            else
                BOOST_TEST((report.why.code() == asio::error::eof));
        }
    }

    template <class Seen>
    static void check(const matrix::cell& c, bool fulfilled, const Seen& result, bool failed)
    {
        // S5: the operation's own values, whatever became of its error.
        BOOST_TEST((result.value && matrix::intact(*result.value)));
        check_displaced(c, !fulfilled && failed);
        if constexpr (std::is_same_v<Slot, std::exception_ptr>) {
            if (failed)
                BOOST_TEST(holds<cleanup_error>(result.why->exception()));
            else if (!fulfilled)
                BOOST_TEST((result.why->exception() == c.operation_failure));
            BOOST_TEST(c.reports.count(report_kind::cleanup_failed) == 0u);
        } else {
            if (failed)
                BOOST_TEST((result.why->code() == settle::errc::cleanup_threw));
            else if (!fulfilled)
                BOOST_TEST((result.why->code() == asio::error::eof));
            const auto lost = c.reports.all(report_kind::cleanup_failed);
            BOOST_TEST(lost.size() == (failed ? 1u : 0u));
            for (const auto& report : lost)
                BOOST_TEST(holds<cleanup_error>(report.why.exception()));
        }
    }
};

} // namespace

BOOST_TEST_DECORATOR(*label("F3") * label("F4") * label("F5") * label("F6") * label("F7") *
                     label("F8") * label("F9") * label("F15") * label("S2") * label("S5") *
                     label("U4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(matrix_on_an_error_code_operation, Value, matrix::values)
{
    matrix::run_every_kind<token_surface<settle::error_code>, typename Value::type>();
}

BOOST_TEST_DECORATOR(*label("F3") * label("F4") * label("F5") * label("F6") * label("F7") *
                     label("F8") * label("F9") * label("F15") * label("S3") * label("S5") *
                     label("U4"))
BOOST_AUTO_TEST_CASE_TEMPLATE(matrix_on_an_exception_operation, Value, matrix::values)
{
    matrix::run_every_kind<token_surface<std::exception_ptr>, typename Value::type>();
}
