// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "fields.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <string>
#include <vector>

namespace proxy {

namespace beast = boost::beast;
namespace http = beast::http;

void remove_hop_by_hop(http::fields& fields)
{
    std::vector<std::string> named;
    const auto [begin, end] = fields.equal_range(http::field::connection);
    for (auto field = begin; field != end; ++field) {
        for (const auto name : http::token_list(field->value()))
            named.emplace_back(name);
    }
    for (const auto& name : named) {
        // Whoever names these is up to no good: they say where a message goes, and ends.
        const bool kept = beast::iequals(name, "host") || beast::iequals(name, "content-length") ||
                          beast::iequals(name, "transfer-encoding");
        if (!kept)
            fields.erase(name);
    }
    for (const auto field :
         {http::field::connection, http::field::keep_alive, http::field::proxy_connection,
          http::field::proxy_authenticate, http::field::proxy_authorization, http::field::te,
          http::field::trailer, http::field::upgrade})
        fields.erase(field);
}

} // namespace proxy
