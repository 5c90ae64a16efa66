// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/attachment.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/cleanup_handler.hpp>
#include <settle/detail/cleanup_operation.hpp>
#include <settle/detail/fallback.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/operation_handler.hpp>
#include <settle/detail/signature.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

template <class Initiation>
struct initiation_executor_type {};

template <class Initiation>
    requires requires { typename Initiation::executor_type; }
struct initiation_executor_type<Initiation> {
    using executor_type = typename Initiation::executor_type;
};

/// An operation's initiation with the cleanup hooked on. A member, not a base, so that final
/// initiations and function pointers work; the executor stays visible to cancel_after and others.
template <class Initiation, class Cleanup, slot_wish Wish, class... Signatures>
class finally_initiation : public initiation_executor_type<Initiation> {
public:
    template <class I, class C>
    finally_initiation(I&& initiation, C&& cleanup, const std::source_location& where)
        : initiation_(std::forward<I>(initiation))
        , cleanup_(std::forward<C>(cleanup))
        , where_(where)
    {
    }

    using wrapped_initiation_type = Initiation;

    [[nodiscard]] const Initiation& wrapped() const noexcept { return initiation_; }

    [[nodiscard]] auto get_executor() const noexcept
        requires has_get_executor<Initiation>
    {
        return initiation_.get_executor();
    }

// An operation's arguments may be literals that its initiation converts: it says so itself.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args)
    {
        using downstream = std::decay_t<Handler>;
        using origin = operation_origin<Initiation, std::remove_cvref_t<Args>...>;
        const kept_slot<typename origin::slot_type> slot(initiation_, args...);
        if constexpr (is_asynchronous<Cleanup>) {
            using operation = cleanup_operation<downstream, Cleanup, origin, Wish, Signatures...>;
            auto* const block =
                operation::create(std::forward<Handler>(handler), std::move(cleanup_),
                                  initiation_executor(initiation_, args...), slot, where_);
            operation_scope<Cleanup> scope(where_, block);
            std::move(initiation_)(operation_handler<operation, Signatures...>(block),
                                   std::forward<Args>(args)...);
            scope.initiation_returned();
        } else {
            using adapted = cleanup_handler<downstream, Cleanup, origin, Wish, Signatures...>;
            attachment<downstream, typename origin::executor_type> attached(where_, initiation_,
                                                                            args...);
            operation_scope<Cleanup> scope(where_, attached.key());
            std::move(initiation_)(adapted(std::forward<Handler>(handler), std::move(cleanup_),
                                           std::move(attached), slot),
                                   std::forward<Args>(args)...);
            scope.initiation_returned();
        }
    }

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

private:
    [[no_unique_address]] Initiation initiation_;
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

} // namespace settle::detail
