// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/bound_slot.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/start_scope.hpp>
#include <settle/error.hpp>
#include <settle/report.hpp>

#include <boost/asio/associated_executor.hpp>

#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

struct nothing {};

/// The cleanup never ran, or did not come to its end, because what it waited for is no more.
inline void report_abandoned_cleanup(const std::source_location& where,
                                     context_record* context) noexcept
{
    emit(report_kind::abandoned_cleanup, reason(errc::broken_promise), where, context);
}

/// The types of what an initiation and its arguments say of an operation.
template <class Initiation, class... Args>
struct operation_origin {
    using executor_type = initiation_executor_t<Initiation, Args...>;
    using slot_type = bound_slot_t<Initiation, Args...>;
};

/// What is kept of an operation beside its handler.
///
/// For reports: where the cleanup was attached, and which context they belong to. That is the
/// context of downstream's executor; where it has none, of the operation's, kept as an address that
/// is compared and never followed. And the cancellation slot that was bound outside of finally.
template <class Handler, class Origin>
class attachment {
    using slot = typename Origin::slot_type;

    static constexpr bool keeps_context =
        !has_associated_executor<Handler> &&
        !std::is_same_v<typename Origin::executor_type, no_executor>;
    static constexpr bool keeps_slot = !std::is_void_v<slot>;

    template <class Initiation, class... Args>
    static auto address_of_context(const Initiation& initiation, const Args&... args)
    {
        if constexpr (keeps_context)
            return static_cast<const void*>(context_of(initiation_executor(initiation, args...)));
        else
            return nothing();
    }

    template <class Initiation, class... Args>
    static auto slot_of_operation(const Initiation& initiation, const Args&... args)
    {
        if constexpr (keeps_slot)
            return bound_slot(initiation, args...);
        else
            return nothing();
    }

public:
    template <class Initiation, class... Args>
    attachment(const std::source_location& where, const Initiation& initiation, const Args&... args)
        : where_(where)
        , context_(address_of_context(initiation, args...))
        , slot_(slot_of_operation(initiation, args...))
    {
    }

    void clear_bound_slot() noexcept
    {
        if constexpr (keeps_slot) {
            if (slot_.is_connected())
                slot_.clear();
        }
    }

    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

    [[nodiscard]] context_record* report_context(const Handler& handler) const noexcept
    {
        if constexpr (has_associated_executor<Handler>)
            return report_context_of(boost::asio::get_associated_executor(handler));
        else if constexpr (keeps_context)
            return find_context_record(context_);
        else
            return nullptr;
    }

private:
    std::source_location where_;
    [[no_unique_address]] std::conditional_t<keeps_context, const void*, nothing> context_;
    [[no_unique_address]] std::conditional_t<keeps_slot, slot, nothing> slot_;
};

/// The start of an operation that a cleanup is attached to.
class expecting_scope : public start_scope {
public:
    /// After an initiation that returned: if it has destroyed the handler uncalled, the operation
    /// was started and dropped. One that throws started nothing (F17).
    void initiation_returned() const noexcept
    {
        if (dropped()) [[unlikely]]
            report_abandoned_cleanup(where_, context_);
    }

    /// Called by a handler that is destroyed unrun. False when its scope is no more.
    static bool notify_dropped(std::uint64_t identity, const std::source_location& where,
                               context_record* context) noexcept
    {
        auto* const scope = static_cast<expecting_scope*>(find(identity));
        if (!scope)
            return false;
        scope->mark_dropped();
        scope->where_ = where;
        scope->context_ = context;
        return true;
    }

private:
    // Of interest once dropped.
    std::source_location where_;
    context_record* context_ = nullptr;
};

/// That a cleanup is still to come, and in which scope its operation is started. It goes along when
/// its holder is moved, so only one holder has it.
class expectation {
public:
    explicit expectation(const expecting_scope& scope) noexcept
        : identity_(scope.identity())
    {
    }

    expectation(expectation&& other) noexcept
        : identity_(std::exchange(other.identity_, 0))
    {
    }

    expectation& operator=(expectation&&) = delete;

    /// The operation has ended: the cleanup's turn.
    void met() noexcept { identity_ = 0; }

    [[nodiscard]] bool open() const noexcept { return identity_ != 0; }

    /// The operation was destroyed uncompleted. While it is being started its starter decides what
    /// that means; otherwise the cleanup is abandoned.
    void disappoint(const std::source_location& where, context_record* context) const noexcept
    {
        if (!expecting_scope::notify_dropped(identity_, where, context))
            report_abandoned_cleanup(where, context);
    }

private:
    std::uint64_t identity_;
};

} // namespace settle::detail
