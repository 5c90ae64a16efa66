// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/status.hpp>

#include <string>

namespace proxy {

/// An answer of the proxy's own. Give it a name before it is awaited: GCC 12 destroys twice what is
/// made in a co_await expression.
struct own_answer {
    boost::beast::http::status status = boost::beast::http::status::ok;
    unsigned version = 11;
    bool keep_alive = false;
    bool head = false;
    std::string text = {}; // without one the status in words
    const char* type = "text/plain";
};

boost::asio::awaitable<void> reply(connection& client, const own_answer& answer);

} // namespace proxy
