// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

#include <type_traits>

namespace settle {

using boost::system::error_code;

/// What the library itself can go wrong with.
enum class errc {
    /// Every resolver, or the operation behind a promise, went away undecided.
    broken_promise = 1,
    /// A promise was resolved with itself, which could never settle.
    self_resolution,
    /// A cleanup failed with an error code that says "success".
    cleanup_failed,
    /// A cleanup threw an exception that an error_code slot cannot carry; the report hook has it.
    cleanup_threw,
    /// A deadline passed.
    timed_out,
    /// Something was added to a cleanup stack that has been disposed.
    already_disposed,
    /// The code() of a reason that holds an exception which carries no code.
    exception_thrown,
};

/// The category of `settle::errc`; its name is "settle".
[[nodiscard]] SETTLE_DECL const boost::system::error_category& error_category() noexcept;

[[nodiscard]] inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), error_category()};
}

} // namespace settle

template <>
struct boost::system::is_error_code_enum<settle::errc> : std::true_type {};
