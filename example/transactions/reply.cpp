// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "reply.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace bank {
namespace {

std::int64_t parse_number(std::string_view text)
{
    std::int64_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, number);
    if (ec != std::errc() || end != last)
        throw server_error("not a number: '" + std::string(text) + "'");
    return number;
}

// Of a text or an array; less than nothing is nil.
std::int64_t parse_length(std::string_view text)
{
    const auto length = parse_number(text);
    if (length > 1 << 20)
        throw server_error("a length of " + std::string(text));
    return length;
}

std::optional<reply> parse(std::string_view bytes, std::size_t& position, bool in_array)
{
    const auto end = bytes.find("\r\n", position);
    if (end == std::string_view::npos)
        return std::nullopt;
    const char mark = bytes[position];
    const auto line = bytes.substr(position + 1, end - position - 1);
    position = end + 2;

    if (mark == '+' || mark == ':')
        return reply{.what = reply::kind::text, .text = std::string(line), .elements = {}};
    if (mark == '-')
        return reply{.what = reply::kind::error, .text = std::string(line), .elements = {}};
    if (mark != '$' && (mark != '*' || in_array))
        throw server_error(std::string("a reply that begins with '") + mark + "'");

    const auto length = parse_length(line);
    if (length < 0)
        return reply();
    if (mark == '$') {
        const auto size = static_cast<std::size_t>(length);
        if (bytes.size() - position < size + 2)
            return std::nullopt;
        const auto text = bytes.substr(std::exchange(position, position + size + 2), size);
        return reply{.what = reply::kind::text, .text = std::string(text), .elements = {}};
    }
    reply result{.what = reply::kind::array, .text = {}, .elements = {}};
    for (std::int64_t i = 0; i < length; ++i) {
        auto element = parse(bytes, position, true);
        if (!element)
            return std::nullopt;
        result.elements.push_back(std::move(*element));
    }
    return result;
}

} // namespace

std::int64_t reply::number() const
{
    return what == kind::nil ? 0 : parse_number(text);
}

std::optional<reply> parse_reply(std::string_view bytes, std::size_t& position)
{
    return parse(bytes, position, false);
}

} // namespace bank
