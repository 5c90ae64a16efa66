// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/bound_slot.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/expecting_scope.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/own_executor.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/config.hpp>

#include <atomic>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The types of what an initiation and its arguments say of an operation.
template <class Initiation, class... Args>
struct operation_origin {
    using executor_type = initiation_executor_t<Initiation, Args...>;
    using slot_type = bound_slot_t<Initiation, Args...>;
};

template <class Executor>
inline constexpr bool is_type_erased = requires(const Executor& e) { e.target_type(); };

/// That a cleanup is still to come, and what its reports say: where it was attached, and which
/// context they belong to. That is the context of downstream's executor; where it has none, of the
/// operation's, kept as an address that is compared and never followed.
///
/// It goes along when its holder is moved, so only one holder expects.
template <class Handler, class Executor>
class attachment {
    static constexpr bool keeps_context =
        !has_associated_executor<Handler> && has_context<Executor>;

    // Stands for a context where none is kept. Not null, which means that nothing is expected.
    alignas(2) static constexpr char elsewhere = 0;

    template <class Initiation, class... Args>
    static const void* make_key(const Initiation& initiation, const Args&... args)
    {
        if constexpr (keeps_context && is_type_erased<Executor>) {
            // To ask costs as much as everything else here together; and it may be an empty one.
            if (contexts_have_handlers.load(std::memory_order_relaxed)) {
                if (const auto* const context =
                        context_of(initiation_executor(initiation, args...)))
                    return context;
            }
            return &elsewhere;
        } else if constexpr (keeps_context) {
            return context_of(initiation_executor(initiation, args...));
        } else {
            return &elsewhere;
        }
    }

public:
    template <class Initiation, class... Args>
    attachment(const std::source_location& where, const Initiation& initiation, const Args&... args)
        : where_(where)
        , key_(make_key(initiation, args...))
    {
    }

    attachment(attachment&& other) noexcept
        : where_(other.where_)
        , key_(std::exchange(other.key_, nullptr))
    {
    }

    attachment& operator=(attachment&&) = delete;

    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }
    [[nodiscard]] const void* key() const noexcept { return key_; }

    /// A cleanup is expected.
    [[nodiscard]] bool open() const noexcept { return key_ != nullptr; }

    /// The operation has ended: the cleanup's turn. What is returned is for report_context().
    const void* met() noexcept { return std::exchange(key_, nullptr); }

    [[nodiscard]] static context_record* report_context(const Handler& handler, const void* key)
    {
        return find_context_record(context_of_report(handler, key));
    }

    /// The operation was destroyed uncompleted.
    BOOST_FORCEINLINE void disappoint(const Handler& handler) const noexcept
    {
        expecting_scope::notify_dropped(where_, key_, context_of_report(handler, key_));
    }

private:
    BOOST_FORCEINLINE static const void* context_of_report(const Handler& handler,
                                                           const void* key) noexcept
    {
        if constexpr (has_associated_executor<Handler>)
            return address_of_context_of(boost::asio::get_associated_executor(handler));
        else
            return key;
    }

    std::source_location where_;
    const void* key_;
};

} // namespace settle::detail
