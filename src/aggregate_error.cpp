// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/aggregate_error.hpp>

#include <string>
#include <utility>

namespace settle {
namespace {

std::string message_of(const std::vector<reason>& reasons)
{
    if (reasons.empty())
        return "no promise was fulfilled: there was none";
    const auto first = reasons.front().message();
    if (reasons.size() == 1)
        return "the only promise was rejected: " + first;
    return "all of " + std::to_string(reasons.size()) +
           " promises were rejected, the first: " + first;
}

} // namespace

struct aggregate_error::content {
    explicit content(std::vector<reason> all)
        : message(message_of(all))
        , reasons(std::move(all))
    {
    }

    std::string message;
    std::vector<reason> reasons;
};

aggregate_error::aggregate_error(std::vector<reason> reasons)
    : content_(std::make_shared<const content>(std::move(reasons)))
{
}

aggregate_error::~aggregate_error() = default;

const std::vector<reason>& aggregate_error::reasons() const noexcept
{
    return content_->reasons;
}

const char* aggregate_error::what() const noexcept
{
    return content_->message.c_str();
}

} // namespace settle
