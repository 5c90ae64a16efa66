// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>

namespace tls {

enum class manners {
    polite,  // talks, says goodbye, waits for the answer
    leaves,  // talks, and closes the connection without a goodbye
    resets,  // talks, and resets the connection
    stalls,  // says nothing, not even in the handshake
    is_mute, // talks, and answers no goodbye
};

inline constexpr std::size_t number_of_manners = 5;

/// A client of the service. One that is mute or stalls stays until it is hung up on; the mute are
/// counted when they have talked.
boost::asio::awaitable<void> visit(boost::asio::ip::tcp::endpoint service,
                                   boost::asio::ssl::context& trust, manners how,
                                   std::size_t& mute);

} // namespace tls
