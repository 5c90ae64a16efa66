// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/bound_argument.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The cancellation slot that bind_cancellation_slot gave to an operation from outside of finally,
/// where downstream does not know it: `bind_cancellation_slot(slot, finally(cleanup, token))`.
/// Void where there is none.
template <class Initiation, class... Args>
auto bound_slot(const Initiation& initiation, const Args&... args)
{
    constexpr std::size_t bound = bound_slot_argument<Initiation, Args...>();
    if constexpr (requires { initiation.wrapped(); }) // a finally inside
        return bound_slot(initiation.wrapped(), args...);
    else if constexpr (requires {
                           requires std::is_same_v<decltype(initiation.slot_),
                                                   boost::asio::cancellation_slot>;
                       })
        return initiation.slot_;
    else if constexpr (bound != no_argument)
        return std::get<bound>(std::tie(args...));
    else if constexpr (requires { initiation.initiation_; })
        return bound_slot(initiation.initiation_);
}

template <class Initiation, class... Args>
using bound_slot_t = decltype(bound_slot(std::declval<const Initiation&>(),
                                         std::declval<const std::remove_cvref_t<Args>&>()...));

/// Keeps it, to give it back when the operation ends.
template <class Slot>
class kept_slot {
public:
    template <class Initiation, class... Args>
    explicit kept_slot(const Initiation& initiation, const Args&... args)
        : slot_(bound_slot(initiation, args...))
    {
    }

    void clear() noexcept
    {
        if (slot_.is_connected())
            slot_.clear();
    }

private:
    Slot slot_;
};

template <>
class kept_slot<void> {
public:
    template <class... Args>
    explicit kept_slot(const Args&...) noexcept
    {
    }

    void clear() noexcept {}
};

} // namespace settle::detail
