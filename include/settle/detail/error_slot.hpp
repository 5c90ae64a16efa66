// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/reason.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>

#if __has_include(<boost/asio/disposition.hpp>)
#include <boost/asio/disposition.hpp>
#endif

namespace settle::detail {

/// What the first argument of a completion says about failure.
enum class error_slot {
    none,
    code,
    exception,
    // A type of the user's own, which Asio can turn into an exception (since Boost 1.87).
    disposition,
    // std::optional<reason>: between settle's own parts, so that nothing need be converted.
    whole_reason,
    // A yielded<values...>: error and values in one, for a stackful coroutine.
    yielded,
};

template <class First>
inline constexpr error_slot slot_of = error_slot::none;

template <>
inline constexpr error_slot slot_of<error_code> = error_slot::code;

template <>
inline constexpr error_slot slot_of<std::exception_ptr> = error_slot::exception;

template <>
inline constexpr error_slot slot_of<std::optional<reason>> = error_slot::whole_reason;

#if __has_include(<boost/asio/disposition.hpp>)
template <class First>
    requires boost::asio::is_disposition<First>::value
inline constexpr error_slot slot_of<First> = error_slot::disposition;
#endif

/// What a slot says, as a reason; nothing for success.
inline std::optional<reason> reason_in_slot(const error_code& code) noexcept
{
    return code ? std::optional<reason>(code) : std::nullopt;
}

inline std::optional<reason> reason_in_slot(const std::exception_ptr& exception) noexcept
{
    return exception ? std::optional<reason>(exception) : std::nullopt;
}

inline std::optional<reason> reason_in_slot(std::optional<reason> why) noexcept
{
    return why;
}

#if __has_include(<boost/asio/disposition.hpp>)
template <class Disposition>
    requires(slot_of<std::remove_cvref_t<Disposition>> == error_slot::disposition)
std::optional<reason> reason_in_slot(Disposition&& disposition)
{
    if (disposition == boost::asio::no_error)
        return std::nullopt;
    return reason(boost::asio::to_exception_ptr(std::forward<Disposition>(disposition)));
}
#endif

/// What a yield context waits for in place of a std::exception_ptr and values: in Boost 1.81 it
/// rethrows a null exception_ptr, and does not compile with a value behind one.
template <class... Values>
struct yielded {
    std::exception_ptr failure;
    std::tuple<Values...> values;
};

template <class... Args>
inline constexpr error_slot slot_of_arguments = error_slot::none;

template <class First, class... Rest>
inline constexpr error_slot slot_of_arguments<First, Rest...> = slot_of<std::remove_cvref_t<First>>;

template <error_slot Slot>
struct slot_type;

template <>
struct slot_type<error_slot::code> {
    using type = error_code;
};

template <>
struct slot_type<error_slot::exception> {
    using type = std::exception_ptr;
};

template <>
struct slot_type<error_slot::whole_reason> {
    using type = std::optional<reason>;
};

} // namespace settle::detail
