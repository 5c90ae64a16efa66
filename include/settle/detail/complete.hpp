// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_record.hpp>
#include <settle/detail/signature.hpp>
#include <settle/report.hpp>

#include <exception>
#include <optional>
#include <source_location>
#include <utility>

namespace settle::detail {

/// Calls downstream with the operation's own outcome, its slot converted where the signature is.
template <error_slot To, class Handler, class... Args>
void complete_untouched(Handler&& handler, Args&&... args)
{
    constexpr error_slot from = slot_of_arguments<Args...>;
    if constexpr (from == To) {
        std::forward<Handler>(handler)(std::forward<Args>(args)...);
    } else if constexpr (from == error_slot::none) {
        std::forward<Handler>(handler)(typename slot_type<To>::type(), std::forward<Args>(args)...);
    } else {
        [&]<class First, class... Values>(First&& first, Values&&... values) {
            auto why = reason_in_slot(std::forward<First>(first));
            if constexpr (To == error_slot::exception)
                std::forward<Handler>(handler)(why ? why->exception() : std::exception_ptr(),
                                               std::forward<Values>(values)...);
            else
                std::forward<Handler>(handler)(std::move(why), std::forward<Values>(values)...);
        }(std::forward<Args>(args)...);
    }
}

/// Calls downstream with the cleanup's reason in place of the operation's error, which it
/// displaces; the operation's values stay (S5).
template <error_slot To, class Handler, class... Values>
void complete_replaced(Handler&& handler, reason why, std::optional<reason> original,
                       const std::source_location& where, context_record* context,
                       Values&&... values)
{
    if (original)
        why.suppress(std::move(*original));
    if constexpr (To == error_slot::whole_reason) {
        std::forward<Handler>(handler)(std::optional<reason>(std::move(why)),
                                       std::forward<Values>(values)...);
    } else {
        report_displaced(why, where, context);
        if constexpr (To == error_slot::code)
            std::forward<Handler>(handler)(code_for_slot(why, where, context),
                                           std::forward<Values>(values)...);
        else
            std::forward<Handler>(handler)(why.exception(), std::forward<Values>(values)...);
    }
}

/// The two above behind one door: `why` is empty when the cleanup went well.
template <error_slot To, class Handler, class... Args>
void complete(Handler&& handler, std::optional<reason>&& why, const std::source_location& where,
              context_record* context, Args&&... args)
{
    constexpr error_slot from = slot_of_arguments<Args...>;
    if (!why) {
        complete_untouched<To>(std::forward<Handler>(handler), std::forward<Args>(args)...);
    } else if constexpr (from == error_slot::none) {
        complete_replaced<To>(std::forward<Handler>(handler), std::move(*why), std::nullopt, where,
                              context, std::forward<Args>(args)...);
    } else {
        [&]<class First, class... Values>(First&& first, Values&&... values) {
            complete_replaced<To>(std::forward<Handler>(handler), std::move(*why),
                                  reason_in_slot(std::forward<First>(first)), where, context,
                                  std::forward<Values>(values)...);
        }(std::forward<Args>(args)...);
    }
}

} // namespace settle::detail
