// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/reason.hpp>

#include <cstdint>
#include <functional>
#include <source_location>
#include <string_view>
#include <utility>

namespace settle {

/// What went wrong beside any outcome.
enum class report_kind {
    /// A promise was rejected and nobody can observe it any more.
    unhandled_rejection,
    /// A cleanup failed after its operation had failed, and the completion could carry only the
    /// cleanup's reason: `why` is the operation's.
    displaced_reason,
    /// A cleanup threw what an error_code slot cannot carry, or a `best_effort` cleanup failed.
    cleanup_failed,
    /// A cleanup that had been overtaken by its deadline ended in an error.
    straggler,
    /// A cleanup's operation was destroyed before it completed, so the cleanup never ran.
    abandoned_cleanup,
};

[[nodiscard]] SETTLE_DECL std::string_view to_string(report_kind kind) noexcept;

/// One thing that went wrong.
struct report {
    report(report_kind what, reason because, std::source_location origin)
        : kind(what)
        , why(std::move(because))
        , where(origin)
    {
    }

    report_kind kind;
    /// The reason, with the reasons it displaced.
    reason why;
    /// Where the promise or the cleanup was made.
    std::source_location where;
};

/// Called with each report, possibly by several threads at once and with no lock held. What it
/// throws is contained and written to stderr.
using report_handler = std::function<void(const report&)>;

/// Sets the handler for all contexts and returns the previous one. An empty handler restores the
/// default, which writes to the spdlog logger named `settle` (the program's own where it has
/// registered one, otherwise a logger to stderr made on first use).
///
/// The overload for one context is in <settle/finally.hpp> and <settle/promise.hpp>, since this
/// header knows no Asio.
///
/// Thread safety: safe. A report under way may still reach the previous handler.
SETTLE_DECL report_handler set_report_handler(report_handler handler);

/// A ready handler: ends the program on an unhandled rejection, as Node.js does, after writing the
/// report as the default handler does; writes every other report.
SETTLE_DECL void terminate_on_unhandled(const report& what);

/// What settle has done since the program began, and what it has under way. The synchronous
/// cleanups of completion tokens are counted only when they fail or are abandoned.
struct statistics {
    /// Promises that exist, or that something still waits for.
    std::uint64_t promises_live = 0;
    /// Promises ever made, those that then(), catch_() and finally() return included.
    std::uint64_t promises_made = 0;
    /// Cleanups that are attached (those of tokens and coroutines: whose operation has begun) and
    /// have not come to their end.
    std::uint64_t cleanups_pending = 0;
    /// Cleanups that have come to their end.
    std::uint64_t cleanups_run = 0;
    /// Cleanups that threw, or whose adoptable ended in an error.
    std::uint64_t cleanups_failed = 0;
    /// Cleanups whose operation was destroyed uncompleted, or that were destroyed before their end.
    std::uint64_t cleanups_abandoned = 0;
    /// Reasons that a completion could not carry and that were reported instead.
    std::uint64_t reasons_displaced = 0;
    /// Rejections that nobody observed.
    std::uint64_t rejections_unhandled = 0;
};

/// Thread safety: safe; what other threads count meanwhile may or may not be in it.
///
/// Complexity: linear in the number of threads that ever counted at once; counting itself takes no
/// lock and no read-modify-write.
[[nodiscard]] SETTLE_DECL statistics stats() noexcept;

namespace detail {

struct context_record;

SETTLE_DECL void count_failed_cleanup() noexcept;

/// Gives a report to the handler of the context, else to the global one. Never throws.
SETTLE_DECL void emit(report_kind kind, const reason& why, const std::source_location& where,
                      context_record* context = nullptr) noexcept;

/// Reports each reason that `why` displaced and takes them out of it: for the surfaces that can
/// carry only `why` itself.
SETTLE_DECL void report_displaced(reason& why, const std::source_location& where,
                                  context_record* context = nullptr) noexcept;

/// The code for an error_code slot, never zero. An exception that has none is reported, since the
/// slot loses it.
[[nodiscard]] SETTLE_DECL error_code code_for_slot(const reason& why,
                                                   const std::source_location& where,
                                                   context_record* context = nullptr) noexcept;

} // namespace detail

} // namespace settle
