// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/reason.hpp>

#include <boost/system/result.hpp>

namespace settle {

/// A settled result: a `T`, or the reason why there is none.
///
/// `value()` throws what the reason holds; `error()` is the reason with what it displaced.
template <class T>
using outcome = boost::system::result<T, reason>;

namespace detail {

template <class X>
inline constexpr bool is_outcome = false;

template <class T>
inline constexpr bool is_outcome<boost::system::result<T, reason>> = true;

} // namespace detail

} // namespace settle
