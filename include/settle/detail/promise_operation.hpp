// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/completion_node.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/outcome.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace settle::detail {

template <class T>
struct exception_signature {
    using type = void(std::exception_ptr, T);
};

template <>
struct exception_signature<void> {
    using type = void(std::exception_ptr);
};

template <class T>
using exception_signature_t = typename exception_signature<T>::type;

template <class T>
using outcome_signature_t = void(outcome<T>);

/// Starts waiting for a promise on behalf of a handler.
template <class Source, class Executor, template <class, class> class Completion>
class promise_initiation {
public:
    using executor_type = Executor;

    explicit promise_initiation(const loop<Executor>& home)
        : loop_(home)
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    template <class Handler, class Promise>
    void operator()(Handler&& handler, Promise&& source) const
    {
        using decayed = std::decay_t<Handler>;
        using home = loop_of_t<decayed, Executor>;
        auto p = std::forward<Promise>(source);
        const home where(loop_of(handler, loop_));
        completion_node<Source, decayed, home, Completion<Source, decayed>>::attach(
            p, std::forward<Handler>(handler), where);
    }

private:
    loop<Executor> loop_;
};

} // namespace settle::detail
