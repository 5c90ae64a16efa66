// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/expecting_scope.hpp>

#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The outermost fallback of a cleanup, null where it has none.
template <class Cleanup>
[[nodiscard]] auto* find_fallback(Cleanup& cleanup) noexcept
{
    if constexpr (requires { cleanup.fallback(); })
        return &cleanup.fallback();
    else if constexpr (decorated<Cleanup> || binds_decorated<Cleanup>)
        return find_fallback(cleanup.get());
    else
        return static_cast<void*>(nullptr);
}

template <class Cleanup>
using fallback_of = std::remove_pointer_t<decltype(find_fallback(std::declval<Cleanup&>()))>;

template <class Cleanup>
inline constexpr bool has_fallback = !std::is_void_v<fallback_of<Cleanup>>;

/// A cleanup whose operation is no more will not run: its fallback does, or a report is made (B2).
template <class Cleanup>
void abandon_cleanup(Cleanup& cleanup, const std::source_location& where,
                     context_record* context) noexcept
{
    if constexpr (has_fallback<Cleanup>)
        static_cast<void>(std::invoke(*find_fallback(cleanup)));
    else
        report_abandoned_cleanup(where, context);
}

/// An expecting_scope for cleanups that have a fallback, which runs where a report would have been
/// made. A handler that is destroyed uncalled leaves its fallback to the scope.
template <class Fallback>
class fallback_scope {
public:
    fallback_scope(const std::source_location& where, const void* key) noexcept
        : outer_(std::exchange(innermost, this))
        , where_(where)
        , key_(key)
    {
    }

    fallback_scope(const fallback_scope&) = delete;
    fallback_scope& operator=(const fallback_scope&) = delete;

    ~fallback_scope() { innermost = outer_; }

    void initiation_returned() noexcept
    {
        if (left_) [[unlikely]]
            static_cast<void>(std::invoke(*left_));
    }

    static void notify_dropped(const std::source_location& where, const void* key,
                               Fallback& fallback) noexcept
    {
        auto* scope = innermost;
        while (scope && !(scope->key_ == key && expecting_scope::same_place(scope->where_, where)))
            scope = scope->outer_;
        if (!scope) {
            static_cast<void>(std::invoke(fallback));
            return;
        }
        // The first may have been another operation's: its own goes last, as in expecting_scope.
        if (scope->left_)
            static_cast<void>(std::invoke(*scope->left_));
        scope->left_.emplace(std::move(fallback));
    }

private:
    static inline constinit thread_local fallback_scope* innermost = nullptr;

    fallback_scope* outer_;
    std::source_location where_;
    const void* key_;
    std::optional<Fallback> left_;
};

template <class Cleanup>
struct start_of_operation {
    using scope = fallback_scope<fallback_of<Cleanup>>;
};

template <class Cleanup>
    requires(!has_fallback<Cleanup>)
struct start_of_operation<Cleanup> {
    using scope = expecting_scope;
};

/// The start of an operation that this cleanup is attached to.
template <class Cleanup>
using operation_scope = typename start_of_operation<Cleanup>::scope;

} // namespace settle::detail
