// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/reason.hpp>

#include <exception>
#include <memory>
#include <vector>

namespace settle {

/// What `any` rejects with when none of its promises was fulfilled: ECMAScript's `AggregateError`.
///
/// Source: ECMA-262, 20.5.7 (AggregateError Objects).
class SETTLE_DECL aggregate_error : public std::exception {
public:
    /// Exceptions: `std::bad_alloc`.
    explicit aggregate_error(std::vector<reason> reasons);

    aggregate_error(const aggregate_error&) noexcept = default;
    aggregate_error& operator=(const aggregate_error&) noexcept = default;
    ~aggregate_error() override;

    /// Why each was rejected, in the order in which the promises were given; each with what it
    /// displaced.
    [[nodiscard]] const std::vector<reason>& reasons() const noexcept;

    /// How many there were, and the message of the first.
    [[nodiscard]] const char* what() const noexcept override;

private:
    struct content;

    // Shared, since the copy of an exception must not throw.
    std::shared_ptr<const content> content_;
};

} // namespace settle
