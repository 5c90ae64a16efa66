// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>

namespace proxy {

/// What a client does to the proxy.
enum class manners { asks, posts, leaves_midway, resets_midway, never_asks };
inline constexpr std::size_t number_of_manners = 5;

/// Comes and goes. What fails behind the proxy may fail here; throws std::logic_error where an
/// answer came whole and is wrong.
boost::asio::awaitable<void> visit(boost::asio::ip::tcp::endpoint proxy, manners how);

} // namespace proxy
