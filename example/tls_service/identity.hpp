// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/ssl/context.hpp>

namespace tls {

/// A context for a server with a key and a certificate signed by itself, made anew in every run. A
/// service of yours reads its own from files.
[[nodiscard]] boost::asio::ssl::context make_server_identity();

} // namespace tls
