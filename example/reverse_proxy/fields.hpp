// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/beast/http/fields.hpp>

namespace proxy {

/// Removes what is meant for the next hop only (RFC 9110, 7.6.1), save how the body is framed.
void remove_hop_by_hop(boost::beast::http::fields& fields);

} // namespace proxy
