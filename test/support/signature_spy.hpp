// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/async_result.hpp>

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
