// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/finally.hpp>

#include <boost/asio/async_result.hpp>

#include <utility>

namespace support {

/// A token that is told its completion signatures: an initiating function returns them.
struct signature_spy {};

template <class... Signatures>
struct signatures {};

} // namespace support

template <class... Signatures>
struct boost::asio::async_result<support::signature_spy, Signatures...> {
    template <class Initiation, class Token, class... Args>
    static auto initiate(Initiation&&, Token&&, Args&&...)
    {
        return support::signatures<Signatures...>();
    }
};

namespace support {

struct no_operation {
    template <class... Args>
    void operator()(Args&&...) const
    {
    }
};

/// The signatures that a token sees of an operation with those given, behind a cleanup.
template <class Cleanup, class... Signatures>
using seen_behind =
    decltype(boost::asio::async_initiate<settle::finally_t<Cleanup, signature_spy>, Signatures...>(
        no_operation(), std::declval<settle::finally_t<Cleanup, signature_spy>&>()));

} // namespace support
