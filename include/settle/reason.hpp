// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/error.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace settle {

namespace detail {
struct suppressed_list;
} // namespace detail

/// Why an operation or a promise failed.
///
/// A reason is either an `error_code`, held as such (no exception object, no allocation), or a
/// `std::exception_ptr`. Besides it carries the reasons it displaced: when a cleanup fails after
/// its operation had failed, the cleanup's reason is the outcome and the operation's reason is in
/// `suppressed()`, as in Java's try-with-resources and ECMAScript's `SuppressedError`.
///
/// Thread safety: distinct objects may be used from different threads, also when one is a copy of
/// the other.
///
/// Complexity: construction, move and copy allocate nothing; 32 bytes.
class reason {
public:
    /// A reason that says nothing: the zero error_code.
    reason() noexcept
        : reason(error_code())
    {
    }

    reason(error_code code) noexcept
        : code_(code)
    {
    }

    /// A null pointer becomes `errc::exception_thrown`, since it names nothing.
    reason(std::exception_ptr exception) noexcept
    {
        if (exception) {
            std::construct_at(&exception_, std::move(exception));
            tagged_ = exception_tag;
        } else {
            std::construct_at(&code_, make_error_code(errc::exception_thrown));
        }
    }

    /// Of an enumeration of error codes, or of error conditions that can be made into codes
    /// (`boost::system::errc`, `std::errc`).
    template <class Enum>
        requires std::is_enum_v<Enum> && requires(Enum code) {
            { make_error_code(code) } -> std::convertible_to<error_code>;
        }
    reason(Enum code) noexcept
        : reason(error_code(make_error_code(code)))
    {
    }

    reason(reason&& other) noexcept { take(other); }

    reason(const reason& other) noexcept { copy(other); }

    reason& operator=(reason&& other) noexcept
    {
        if (this != &other) {
            clear();
            take(other);
        }
        return *this;
    }

    reason& operator=(const reason& other) noexcept
    {
        if (this != &other) {
            clear();
            copy(other);
        }
        return *this;
    }

    ~reason() { clear(); }

    /// True when the reason is an error_code; false when it is an exception.
    [[nodiscard]] bool holds_code() const noexcept { return (tagged_ & exception_tag) == 0; }

    /// The error_code; that of a `system_error` (Boost's or the standard's) for an exception;
    /// `errc::exception_thrown` for any other exception, so never zero for an exception.
    [[nodiscard]] error_code code() const noexcept
    {
        error_code found(errc::exception_thrown);
        static_cast<void>(find_code(found));
        return found;
    }

    /// Whether there is a code: the reason is one, or its exception is a `system_error`. If so it
    /// is stored in `found`.
    [[nodiscard]] bool find_code(error_code& found) const noexcept
    {
        if (!holds_code())
            return find_code_in_exception(found);
        found = code_;
        return true;
    }

    /// The exception, the same object each time; for an error_code a `boost::system::system_error`
    /// made on demand.
    [[nodiscard]] std::exception_ptr exception() const
    {
        return holds_code() ? exception_from_code() : exception_;
    }

    /// The reasons this one displaced: flat, oldest first.
    [[nodiscard]] SETTLE_DECL const std::vector<reason>& suppressed() const noexcept;

    /// Records that this reason displaced `older`. What `older` had displaced itself comes first,
    /// then `older`, then what this reason had displaced before. Should memory run out, `older`
    /// is given to the report hook instead, so it is not lost. Complexity: linear in what this
    /// reason had displaced, and in what `older` had only where a copy of it knows that too.
    SETTLE_DECL void suppress(reason older) noexcept;

    /// Throws what `exception()` returns.
    [[noreturn]] SETTLE_DECL void rethrow() const;

    /// The message of the error_code, or the `what()` of the exception.
    [[nodiscard]] SETTLE_DECL std::string message() const;

    /// Empties `suppressed()`.
    void forget_suppressed() noexcept
    {
        if (has_suppressed())
            drop_suppressed();
    }

    [[nodiscard]] bool has_suppressed() const noexcept { return (tagged_ & ~exception_tag) != 0; }

private:
    static constexpr std::uintptr_t exception_tag = 1;

    void take(reason& other) noexcept
    {
        if (other.tagged_ == 0) [[likely]] {
            std::construct_at(&code_, other.code_);
            tagged_ = 0;
            return;
        }
        tagged_ = std::exchange(other.tagged_, other.tagged_ & exception_tag);
        if (other.holds_code())
            std::construct_at(&code_, other.code_);
        else
            std::construct_at(&exception_, std::move(other.exception_));
    }

    void copy(const reason& other) noexcept
    {
        tagged_ = other.tagged_;
        if (holds_code())
            std::construct_at(&code_, other.code_);
        else
            std::construct_at(&exception_, other.exception_);
        if (has_suppressed())
            share_suppressed();
    }

    void clear() noexcept
    {
        if (tagged_ == 0) [[likely]] // a code, and nothing else
            return;
        if (!holds_code())
            std::destroy_at(&exception_);
        forget_suppressed();
    }

    [[nodiscard]] detail::suppressed_list* list() const noexcept
    {
        return reinterpret_cast<detail::suppressed_list*>(tagged_ & ~exception_tag);
    }

    /// The list of displaced reasons, known to nobody else: made or copied where it has to be.
    SETTLE_DECL std::vector<reason>& own_list();
    SETTLE_DECL void share_suppressed() const noexcept;
    SETTLE_DECL void drop_suppressed() noexcept;
    [[nodiscard]] SETTLE_DECL bool find_code_in_exception(error_code& found) const noexcept;
    [[nodiscard]] SETTLE_DECL std::exception_ptr exception_from_code() const;

    union {
        error_code code_;
        std::exception_ptr exception_;
    };
    // The shared list of displaced reasons, and in its lowest bit which member of the union lives.
    std::uintptr_t tagged_ = 0;
};

/// The customisation point of `boost::system::result`: `outcome<T>::value()` throws the reason.
[[noreturn]] SETTLE_DECL void throw_exception_from_error(const reason& why,
                                                         const boost::source_location& where);

} // namespace settle
