// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/handler_result.hpp>
#include <settle/detail/rejection_handler.hpp>

#include <cstddef>
#include <type_traits>

namespace settle::detail {

template <class...>
inline constexpr bool always_false = false;

/// The value type of what one value handler makes of its argument: a `T`, or a shared promise's
/// `const T&`.
template <class Argument, class F>
struct value_result {
    static_assert(handles_value<F, Argument>,
                  "settle: the handler cannot be called with the promise's value; it takes the "
                  "value (nothing for promise<void>), or the elements of a tuple");
    using type = flattened_t<value_handler_result_t<F, Argument>>;
};

template <class Argument>
struct value_result<Argument, std::nullptr_t> {
    using type = std::remove_cvref_t<Argument>;
};

/// The value type of what one rejection handler makes of it.
template <class Argument, class G, class Explicit>
struct rejection_result {
    static_assert(handles_rejection<G, Explicit>,
                  "settle: the rejection handler cannot be called; it takes const reason&, "
                  "std::exception_ptr, error_code, or an exception type");
    using type = flattened_t<rejection_handler_result_t<G, Explicit>>;
};

template <class Argument, class Explicit>
struct rejection_result<Argument, std::nullptr_t, Explicit> {
    using type = std::remove_cvref_t<Argument>;
};

template <class A, class B>
struct common_result {
    static_assert(!std::is_void_v<A> && !std::is_void_v<B>,
                  "settle: of the two handlers only one returns a value");
    using type = std::common_type_t<A, B>;
};

template <class A>
struct common_result<A, A> {
    using type = A;
};

/// The value type of what then(f, g) returns.
template <class Argument, class F, class G, class Explicit>
struct then_value : common_result<typename value_result<Argument, F>::type,
                                  typename rejection_result<Argument, G, Explicit>::type> {};

template <class Argument, class F, class Explicit>
struct then_value<Argument, F, std::nullptr_t, Explicit> : value_result<Argument, F> {};

template <class Argument, class F, class G, class Explicit>
using then_value_t = typename then_value<Argument, F, G, Explicit>::type;

} // namespace settle::detail
