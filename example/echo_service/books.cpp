// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "books.hpp"

#include <cstdint>
#include <string_view>

namespace echo {

std::vector<std::string> discrepancies(const account& group)
{
    std::vector<std::string> found;
    const auto same = [&](std::int64_t a, std::string_view what, std::int64_t b,
                          std::string_view other) {
        if (a == b)
            return;
        std::string line = group.name;
        line.append(": ").append(std::to_string(a)).append(" ").append(what);
        line.append(", but ").append(std::to_string(b)).append(" ").append(other);
        found.push_back(std::move(line));
    };
    const auto ended = group.ended.value();
    same(group.started.value(), "operations started", ended, "ended");
    same(ended, "operations ended", group.cleaned.value(), "cleanups ran");
    same(ended, "operations ended", group.untouched.value() + group.replaced.value(),
         "outcomes were delivered");
    same(group.cleanups_failed.value(), "cleanups failed", group.replaced.value(),
         "outcomes were replaced");
    same(group.displacing.value(), "reasons were displaced", group.displaced.value(),
         "were reported");
    return found;
}

entry::entry(account& group) noexcept
    : account_(group)
{
    account_.started.up();
}

void entry::ended(const boost::system::error_code& ec, std::size_t bytes) noexcept
{
    account_.ended.up();
    outcome_ = ec;
    bytes_ = bytes;
}

void entry::cleanup_fails() noexcept
{
    account_.cleanups_failed.up();
    if (operation_failed())
        account_.displacing.up();
}

void entry::delivered(const boost::system::error_code& ec, std::size_t bytes) noexcept
{
    deliver(ec == outcome_ && bytes == bytes_);
}

void entry::delivered(const settle::reason& why) noexcept
{
    deliver(operation_failed() && why.code() == outcome_);
}

void entry::ended_and_delivered(const boost::system::error_code& ec, std::size_t bytes) noexcept
{
    ended(ec, bytes);
    delivered(ec, bytes);
}

} // namespace echo
