// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "support/finally_matrix.hpp"

namespace matrix = support::matrix;
using boost::unit_test::label;
using support::cleanup_error;
using support::holds;

namespace {

struct promise_surface {
    template <class T, class Cleanup>
    static auto run(matrix::cell& c, bool fulfilled, Cleanup cleanup)
    {
        using value = decltype(matrix::make_value(std::type_identity<T>()));
        matrix::seen<value> result;
        auto [promise, resolver] = settle::with_resolvers<T>(c.context);
        auto settled = std::move(promise).finally(std::move(cleanup));
        settle::as_outcome(std::move(settled))([&](settle::outcome<T> outcome) {
            c.completed();
            if (!outcome)
                result.why = outcome.error();
            else if constexpr (std::is_void_v<T>)
                result.value.emplace();
            else
                result.value.emplace(*std::move(outcome));
        });
        if (!fulfilled)
            resolver.reject(c.operation_failure);
        else if constexpr (std::is_void_v<T>)
            resolver.resolve();
        else
            resolver.resolve(matrix::make_value(std::type_identity<T>()));
        BOOST_TEST(c.cleanups == 0);
        c.context.run();
        return result;
    }

    template <class Seen>
    static void check(const matrix::cell& c, bool fulfilled, const Seen& result, bool failed)
    {
        if (failed) {
            BOOST_TEST(holds<cleanup_error>(result.why->exception()));
            BOOST_TEST(result.why->suppressed().size() == (fulfilled ? 0u : 1u));
            if (!fulfilled)
                BOOST_TEST((result.why->suppressed().front().exception() == c.operation_failure));
        } else if (fulfilled) {
            BOOST_TEST(matrix::intact(*result.value));
        } else {
            BOOST_TEST((result.why->exception() == c.operation_failure));
            BOOST_TEST(result.why->suppressed().empty());
        }
        BOOST_TEST(c.reports.count() == 0u);
    }
};

} // namespace

BOOST_TEST_DECORATOR(*label("F3") * label("F4") * label("F5") * label("F6") * label("F7") *
                     label("F8") * label("F9") * label("F15"))
BOOST_AUTO_TEST_CASE_TEMPLATE(matrix_on_a_promise, Value, matrix::values)
{
    matrix::run_every_kind<promise_surface, typename Value::type>();
}
