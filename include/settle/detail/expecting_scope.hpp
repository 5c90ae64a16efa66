// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/context_record.hpp>
#include <settle/error.hpp>
#include <settle/report.hpp>

#include <source_location>
#include <utility>

namespace settle::detail {

/// The cleanup never ran, or did not come to its end, because what it waited for is no more.
inline void report_abandoned_cleanup(const std::source_location& where,
                                     context_record* context) noexcept
{
    emit(report_kind::abandoned_cleanup, reason(errc::broken_promise), where, context);
}

/// The start of an operation that a cleanup is attached to. It tells a handler that is destroyed
/// uncalled whether that initiation is still on this thread's stack.
///
/// A scope is known by the place of the attachment and a key, which is a block or a context. Two
/// scopes that have both in common are the same to a report, so it need not be known which of them
/// was meant: that is cheaper than a number which no other scope has (start_scope).
class SETTLE_DECL expecting_scope {
public:
    // context_ is of interest once dropped and not initialised: this is on the way of every start.
    expecting_scope(const std::source_location& where, const void* key) noexcept
        : outer_(std::exchange(innermost, this))
        , where_(where)
        , key_(key)
    {
    }

    expecting_scope(const expecting_scope&) = delete;
    expecting_scope& operator=(const expecting_scope&) = delete;

    ~expecting_scope() { innermost = outer_; }

    /// After an initiation that returned: if it has destroyed the handler uncalled, the operation
    /// was started and dropped. One that throws started nothing (F17).
    void initiation_returned() const noexcept
    {
        if (!key_) [[unlikely]]
            report_abandoned_cleanup(where_, find_context_record(context_));
    }

    /// A handler was destroyed uncalled. While its operation is being started the starter decides
    /// what that means; otherwise the cleanup is abandoned. Takes values and not the handler that
    /// holds them, which can so be kept in registers.
    static void notify_dropped(std::source_location where, const void* key,
                               const void* context) noexcept;

private:
    static inline constinit thread_local expecting_scope* innermost = nullptr;

    expecting_scope* outer_;
    std::source_location where_;
    const void* key_; // null once its handler was dropped
    const void* context_;
};

} // namespace settle::detail
