// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/handler_continuation_hook.hpp>

#include <memory>

namespace settle::detail {

/// What a handler's asio_handler_is_continuation says. Asio has a helper of its own, whose
/// namespace changes its name from Boost 1.92 on.
template <class Handler>
[[nodiscard]] bool is_continuation(Handler& handler)
{
    // The declaration at block scope hides settle's own overloads; the handler's are found by ADL.
    using boost::asio::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(handler));
}

} // namespace settle::detail
