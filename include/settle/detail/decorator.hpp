// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>

#include <boost/asio/associator.hpp>

#include <type_traits>
#include <utility>

namespace settle::detail {

/// Says in a sentence what a decorator cannot be put around.
template <class Cleanup>
consteval void check_decorated()
{
    constexpr bool is_cleanup =
        callable_once<Cleanup> || std::is_null_pointer_v<Cleanup> || decorated<Cleanup>;
    static_assert(is_cleanup || !adoptable<Cleanup>,
                  "settle: what is to be decorated is an operation and not a cleanup; decorate a "
                  "function that returns it: best_effort([&] { return "
                  "socket.async_shutdown(asio::deferred); })");
    if constexpr (!adoptable<Cleanup>)
        static_assert(is_cleanup,
                      "settle: a cleanup takes no arguments; write then(on_value, on_error) where "
                      "the outcome is needed; and what is decorated is the cleanup, not the token: "
                      "finally(best_effort(cleanup), token)");
}

/// What is called where nothing can be waited for, and nobody would catch what it throws.
template <class Function>
concept nothrow_function =
    std::is_nothrow_invocable_v<Function&> && std::is_nothrow_destructible_v<Function>;

template <class Function>
inline constexpr bool returns_adoptable = false;

template <class Function>
    requires std::is_invocable_v<Function&>
inline constexpr bool returns_adoptable<Function> =
    adoptable<std::remove_cvref_t<std::invoke_result_t<Function&>>>;

} // namespace settle::detail

// A decoration has the associations of what it decorates: the member finally() of a promise looks
// for the executor and the allocator of its cleanup.
template <template <class, class> class Associator, settle::detail::decorated Cleanup,
          class DefaultCandidate>
struct boost::asio::associator<Associator, Cleanup, DefaultCandidate>
    : Associator<typename Cleanup::decorated_cleanup, DefaultCandidate> {
private:
    using inner = Associator<typename Cleanup::decorated_cleanup, DefaultCandidate>;

public:
    static auto get(const Cleanup& cleanup) noexcept { return inner::get(cleanup.get()); }

    static auto get(const Cleanup& cleanup, const DefaultCandidate& candidate) noexcept
        -> decltype(inner::get(cleanup.get(), candidate))
    {
        return inner::get(cleanup.get(), candidate);
    }
};
