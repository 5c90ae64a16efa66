// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "js_value.hpp"

#include <settle/adoption.hpp>
#include <settle/resolver.hpp>

#include <utility>

namespace conformance {

/// What a JavaScript function returned, or a promise is resolved with: a value that may turn out to
/// be a thenable. A promise itself holds a js_value, which has been looked at.
class js_result {
public:
    explicit js_result(js_value value) noexcept
        : value_(std::move(value))
    {
    }

    [[nodiscard]] const js_value& value() const noexcept { return value_; }

    operator js_value() && noexcept { return std::move(value_); }

private:
    js_value value_;
};

} // namespace conformance

/// Thenables are adoptable.
///
/// Source: ECMA-262, 27.2.1.3.2 (Promise Resolve Functions), from step 8 on.
template <>
struct settle::adoption<conformance::js_result> {
    using value_type = conformance::js_value;

    static bool adopt(conformance::js_result&& result, settle::resolver<value_type> decides);
};
