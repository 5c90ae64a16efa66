// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "report_desk.hpp"

#include "script.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace echo {

report_desk::report_desk(std::deque<account>& accounts)
    : accounts_(accounts)
    , previous_(settle::set_report_handler([this](const settle::report& what) { receive(what); }))
{
}

report_desk::~report_desk()
{
    settle::set_report_handler(std::move(previous_));
}

std::vector<std::string> report_desk::unexpected() const
{
    std::lock_guard lock(mutex_);
    return unexpected_;
}

void report_desk::receive(const settle::report& what)
{
    const auto made_here = [&](const kind_info& kind) {
        return kind.where.line() == what.where.line() &&
               std::string_view(kind.where.file_name()) == what.where.file_name();
    };
    const auto& kinds = all_kinds();
    const auto* const found = std::ranges::find_if(kinds, made_here);
    if (what.kind == settle::report_kind::displaced_reason && found != kinds.end())
        return accounts_[static_cast<std::size_t>(found->kind)].displaced.up();

    std::lock_guard lock(mutex_);
    unexpected_.push_back("unexpected report: " + std::string(to_string(what.kind)) + ": " +
                          what.why.message());
}

} // namespace echo
