// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_record.hpp>
#include <settle/error.hpp>
#include <settle/report.hpp>

#include <boost/config.hpp>

#include <cstdint>
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
/// A scope is known by the place of the attachment and a key, which is a block or a context: that
/// needs nothing stored behind the handler, as start_scope does. It may take another operation's
/// handler, attached at the same place, for its own. The first one that is dropped counts as its
/// own until there is a second: its own goes last, when the initiation throws.
class expecting_scope {
public:
    // context_ is of interest once dropped and not initialised: this is on the way of every start.
    expecting_scope(const std::source_location& where, const void* key) noexcept
        : outer_(std::exchange(innermost, this))
        , where_(where)
        , key_(reinterpret_cast<std::uintptr_t>(key))
    {
    }

    expecting_scope(const expecting_scope&) = delete;
    expecting_scope& operator=(const expecting_scope&) = delete;

    ~expecting_scope() { innermost = outer_; }

    /// After an initiation that returned: if it has destroyed the handler uncalled, the operation
    /// was started and dropped. One that throws started nothing (F17).
    void initiation_returned() const noexcept
    {
        if (key_ & dropped) [[unlikely]]
            report_abandoned_cleanup(where_, find_context_record(context_));
    }

    /// A handler was destroyed uncalled. While its operation is being started the starter decides
    /// what that means; otherwise the cleanup is abandoned. Takes values and not the handler that
    /// holds them, which can so be kept in registers.
    //
    // Not in the library, which may have a list of its own where a program is made of several.
    BOOST_NOINLINE static void notify_dropped(std::source_location where, const void* key,
                                              const void* context) noexcept
    {
        const auto sought = reinterpret_cast<std::uintptr_t>(key);
        auto* scope = innermost;
        while (scope && !((scope->key_ & ~dropped) == sought && same_place(scope->where_, where)))
            scope = scope->outer_;
        if (!scope)
            return report_abandoned_cleanup(where, find_context_record(context));
        const bool second = (scope->key_ & dropped) != 0;
        scope->key_ |= dropped;
        const auto* const first = std::exchange(scope->context_, context);
        if (second)
            report_abandoned_cleanup(where, find_context_record(first));
    }

    [[nodiscard]] static bool same_place(const std::source_location& a,
                                         const std::source_location& b) noexcept
    {
        return a.file_name() == b.file_name() && a.line() == b.line() && a.column() == b.column();
    }

private:
    // In key_, whose lowest bit is free.
    static constexpr std::uintptr_t dropped = 1;

    static inline constinit thread_local expecting_scope* innermost = nullptr;

    expecting_scope* outer_;
    std::source_location where_;
    std::uintptr_t key_;
    const void* context_;
};

} // namespace settle::detail
