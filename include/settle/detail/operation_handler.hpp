// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup_operation.hpp>
#include <settle/detail/continuation_hook.hpp>
#include <settle/detail/signature.hpp>

#include <boost/asio/associator.hpp>

#include <utility>

namespace settle::detail {

/// The handler given to an operation whose cleanup is asynchronous: the owner of the block.
template <class Operation, class... Signatures>
class operation_handler {
public:
    explicit operation_handler(Operation* operation) noexcept
        : operation_(operation)
    {
    }

    operation_handler(operation_handler&& other) noexcept
        : operation_(std::exchange(other.operation_, nullptr))
    {
    }

    operation_handler& operator=(operation_handler&&) = delete;

    ~operation_handler()
    {
        if (operation_) [[unlikely]]
            operation_->operation_dropped();
    }

    [[nodiscard]] auto& downstream() const noexcept { return operation_->downstream(); }

    template <class... Args>
    void operator()(Args&&... args) &&
    {
        called<false>(std::forward<Args>(args)...);
    }

    // Some composed operations call their handler as an lvalue, or as a const one.
    template <class... Args>
    void operator()(Args&&... args) const&
    {
        called<true>(std::forward<Args>(args)...);
    }

private:
    template <bool Lvalue, class... Args>
    void called(Args&&... args) const
    {
        using signature = meant_signature_t<Lvalue, type_list<Args...>, Signatures...>;
        if constexpr (is_progress<signature>::value) {
            operation_->downstream()(std::forward<Args>(args)...);
        } else {
            auto* const operation = std::exchange(operation_, nullptr);
            with_declared_slot<signature>(
                [operation]<class... As>(As&&... as) {
                    operation->template operation_ended<signature>(std::forward<As>(as)...);
                },
                std::forward<Args>(args)...);
        }
    }

    mutable Operation* operation_;
};

template <class Operation, class... Signatures>
bool asio_handler_is_continuation(operation_handler<Operation, Signatures...>* handler)
{
    return is_continuation(handler->downstream());
}

} // namespace settle::detail

template <template <class, class> class Associator, class Handler, class Cleanup, class Origin,
          settle::detail::slot_wish Wish, class... Signatures, class... More,
          class DefaultCandidate>
struct boost::asio::associator<
    Associator,
    settle::detail::operation_handler<
        settle::detail::cleanup_operation<Handler, Cleanup, Origin, Wish, Signatures...>, More...>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate> {
    using adapted = settle::detail::operation_handler<
        settle::detail::cleanup_operation<Handler, Cleanup, Origin, Wish, Signatures...>, More...>;

    static auto get(const adapted& h) noexcept
    {
        return Associator<Handler, DefaultCandidate>::get(
            static_cast<const Handler&>(h.downstream()));
    }

    static auto get(const adapted& h, const DefaultCandidate& c) noexcept
        -> decltype(Associator<Handler, DefaultCandidate>::get(std::declval<const Handler&>(), c))
    {
        return Associator<Handler, DefaultCandidate>::get(
            static_cast<const Handler&>(h.downstream()), c);
    }
};
