// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_record.hpp>
#include <settle/detail/error_slot.hpp>
#include <settle/detail/signature.hpp>
#include <settle/report.hpp>

#include <boost/mp11/list.hpp>

#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// What a slot says when nothing has failed.
template <error_slot Slot>
[[nodiscard]] auto no_failure() noexcept
{
    if constexpr (Slot == error_slot::yielded)
        return std::exception_ptr();
    else
        return typename slot_type<Slot>::type();
}

/// Calls downstream with an error slot and values, both in one where that is what it wants.
template <class Change, class Handler, class Slot, class... Values>
void deliver(Handler&& handler, Slot&& slot, Values&&... values)
{
    if constexpr (Change::to == error_slot::yielded) {
        using packed =
            boost::mp11::mp_first<typename signature_traits<typename Change::type>::arguments>;
        std::forward<Handler>(handler)(
            packed{std::forward<Slot>(slot), {std::forward<Values>(values)...}});
    } else {
        std::forward<Handler>(handler)(std::forward<Slot>(slot), std::forward<Values>(values)...);
    }
}

/// Calls downstream with the operation's own outcome, its slot converted where the signature is.
template <class Change, class Handler, class... Args>
void complete_untouched(Handler&& handler, Args&&... args)
{
    if constexpr (Change::from == Change::to) {
        std::forward<Handler>(handler)(std::forward<Args>(args)...);
    } else if constexpr (Change::from == error_slot::none) {
        deliver<Change>(std::forward<Handler>(handler), no_failure<Change::to>(),
                        std::forward<Args>(args)...);
    } else {
        [&]<class First, class... Values>(First&& first, Values&&... values) {
            auto why = reason_in_slot(std::forward<First>(first));
            if constexpr (Change::to == error_slot::whole_reason)
                deliver<Change>(std::forward<Handler>(handler), std::move(why),
                                std::forward<Values>(values)...);
            else
                deliver<Change>(std::forward<Handler>(handler),
                                why ? why->exception() : std::exception_ptr(),
                                std::forward<Values>(values)...);
        }(std::forward<Args>(args)...);
    }
}

/// Calls downstream with the cleanup's reason in place of the operation's error, which it
/// displaces; the operation's values stay (S5).
template <class Change, class Handler, class... Values>
void complete_replaced(Handler&& handler, reason why, std::optional<reason> original,
                       const std::source_location& where, context_record* context,
                       Values&&... values)
{
    count_failed_cleanup();
    if (original)
        why.suppress(std::move(*original));
    if constexpr (Change::to == error_slot::whole_reason) {
        deliver<Change>(std::forward<Handler>(handler), std::optional<reason>(std::move(why)),
                        std::forward<Values>(values)...);
    } else {
        report_displaced(why, where, context);
        if constexpr (Change::to == error_slot::code)
            deliver<Change>(std::forward<Handler>(handler), code_for_slot(why, where, context),
                            std::forward<Values>(values)...);
        else
            deliver<Change>(std::forward<Handler>(handler), why.exception(),
                            std::forward<Values>(values)...);
    }
}

/// The two above behind one door: `why` is empty when the cleanup went well.
template <class Change, class Handler, class... Args>
void complete(Handler&& handler, std::optional<reason>&& why, const std::source_location& where,
              context_record* context, Args&&... args)
{
    if (!why) {
        complete_untouched<Change>(std::forward<Handler>(handler), std::forward<Args>(args)...);
    } else if constexpr (Change::from == error_slot::none) {
        complete_replaced<Change>(std::forward<Handler>(handler), std::move(*why), std::nullopt,
                                  where, context, std::forward<Args>(args)...);
    } else {
        [&]<class First, class... Values>(First&& first, Values&&... values) {
            complete_replaced<Change>(std::forward<Handler>(handler), std::move(*why),
                                      reason_in_slot(std::forward<First>(first)), where, context,
                                      std::forward<Values>(values)...);
        }(std::forward<Args>(args)...);
    }
}

} // namespace settle::detail
