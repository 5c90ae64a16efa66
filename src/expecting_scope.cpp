// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/expecting_scope.hpp>

namespace settle::detail {
namespace {

bool same_place(const std::source_location& a, const std::source_location& b) noexcept
{
    return a.file_name() == b.file_name() && a.line() == b.line() && a.column() == b.column();
}

} // namespace

void expecting_scope::notify_dropped(std::source_location where, const void* key,
                                     const void* context) noexcept
{
    auto* scope = innermost;
    while (scope && !(scope->key_ == key && same_place(scope->where_, where)))
        scope = scope->outer_;
    if (!scope)
        return report_abandoned_cleanup(where, find_context_record(context));
    scope->key_ = nullptr;
    scope->context_ = context;
}

} // namespace settle::detail
