// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/cleanup_handler.hpp>
#include <settle/detail/cleanup_operation.hpp>
#include <settle/detail/initiation_executor.hpp>
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

    [[nodiscard]] auto get_executor() const noexcept
        requires has_get_executor<Initiation>
    {
        return initiation_.get_executor();
    }

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args)
    {
        using downstream = std::decay_t<Handler>;
        if constexpr (is_asynchronous<Cleanup>) {
            const auto executor = initiation_executor(initiation_, args...);
            using operation =
                cleanup_operation<downstream, Cleanup, std::remove_const_t<decltype(executor)>,
                                  Wish, Signatures...>;
            operation_handler<operation, Signatures...> adapted(operation::create(
                std::forward<Handler>(handler), std::move(cleanup_), executor, where_));
            std::move(initiation_)(std::move(adapted), std::forward<Args>(args)...);
        } else {
            std::move(initiation_)(cleanup_handler<downstream, Cleanup, Wish, Signatures...>(
                                       std::forward<Handler>(handler), std::move(cleanup_), where_),
                                   std::forward<Args>(args)...);
        }
    }

private:
    [[no_unique_address]] Initiation initiation_;
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

} // namespace settle::detail
