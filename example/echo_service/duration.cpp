// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "duration.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace echo {

std::optional<milliseconds> parse_duration(std::string_view text)
{
    std::uint32_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, number);
    if (ec != std::errc())
        return std::nullopt;

    const std::string_view unit(end, static_cast<std::size_t>(last - end));
    milliseconds result{};
    if (unit == "ms")
        result = milliseconds(number);
    else if (unit == "s" || unit.empty())
        result = std::chrono::seconds(number);
    else if (unit == "m")
        result = std::chrono::minutes(number);
    else
        return std::nullopt;
    if (result > std::chrono::hours(24 * 365))
        return std::nullopt;
    return result;
}

std::string to_string(milliseconds duration)
{
    const auto count = duration.count();
    if (count % 60'000 == 0 && count != 0)
        return std::to_string(count / 60'000) + "m";
    if (count % 1000 == 0)
        return std::to_string(count / 1000) + "s";
    return std::to_string(count) + "ms";
}

} // namespace echo
