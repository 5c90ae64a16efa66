// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/awaitable_finally.hpp>
#include <settle/detail/coroutine_temporary.hpp>
#include <settle/detail/finally_result.hpp>
#include <settle/detail/finally_token.hpp>
#include <settle/detail/initiation_executor.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/system_executor.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace boost::asio {

template <typename T>
struct is_deferred;

} // namespace boost::asio

namespace settle {

/// A deferred operation with a cleanup; itself a deferred operation. What it completes with is
/// decided by the token it is given at last.
template <class Operation, class Cleanup>
class [[nodiscard("call it with a completion token to start it")]] finally_operation {
public:
    template <class O, class C>
    finally_operation(O&& operation, C&& cleanup, std::source_location where)
        : operation_(std::forward<O>(operation))
        , cleanup_(std::forward<C>(cleanup))
        , where_(where)
    {
    }

    template <class Token>
    auto operator()(Token&& token) && -> decltype(std::declval<Operation>()(
        std::declval<finally_t<Cleanup, std::decay_t<Token>>>()))
    {
        return std::move(operation_)(finally_t<Cleanup, std::decay_t<Token>>(
            std::move(cleanup_), std::forward<Token>(token), where_));
    }

    /// Again and again: with a copy of the operation and of the cleanup each time.
    template <class Token>
    auto operator()(Token&& token) const& -> decltype(std::declval<const Operation&>()(
        std::declval<finally_t<Cleanup, std::decay_t<Token>>>()))
    {
        static_assert(std::is_copy_constructible_v<Cleanup>,
                      "settle: an operation that is started as an lvalue copies its cleanup, and "
                      "this one cannot be copied; write std::move(operation)(token)");
        return operation_(
            finally_t<Cleanup, std::decay_t<Token>>(cleanup_, std::forward<Token>(token), where_));
    }

private:
    Operation operation_;
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

namespace detail {

template <class X, class Cleanup>
concept has_member_finally = requires(X&& x, Cleanup&& cleanup, std::source_location where) {
    std::forward<X>(x).finally(std::forward<Cleanup>(cleanup), where);
};

/// What `| finally(cleanup)` makes of an operation, a promise or an awaitable.
template <class Left, class Cleanup>
[[nodiscard]] auto pipe_into_finally(Left&& left, Cleanup&& cleanup, std::source_location where)
{
    using left_type = std::remove_cvref_t<Left>;
    using cleanup_type = std::remove_cvref_t<Cleanup>;
    if constexpr (deferred_operation<left_type>) {
        return finally_operation<left_type, cleanup_type>(std::forward<Left>(left),
                                                          std::forward<Cleanup>(cleanup), where);
    } else if constexpr (has_member_finally<Left, Cleanup>) {
        return std::forward<Left>(left).finally(std::forward<Cleanup>(cleanup), where);
    } else if constexpr (is_awaitable<Left>) {
        using result = typename left_type::value_type;
        using executor = typename left_type::executor_type;
        return finally_awaitable<result, executor, cleanup_type>(
            std::move(left),
            cleanup_holder<cleanup_type, false>(std::in_place, std::forward<Cleanup>(cleanup)),
            where);
    } else {
        static_assert(!std::is_same_v<Left, Left>,
                      "settle: what stands before | finally(cleanup) must be a deferred operation "
                      "(async_read(socket, buffer, asio::deferred)), a promise or an "
                      "asio::awaitable, the latter two as rvalues: write std::move(promise) | "
                      "finally(cleanup)");
    }
}

} // namespace detail

/// The value that `finally(cleanup)` makes: to be piped onto an operation, a promise or an
/// awaitable, or given as a token in place of an operation's default one, which it adapts (since
/// Boost 1.86). It can be stored, and used again where the cleanup can be copied.
///
/// `operation | finally(cleanup)` is a deferred operation, `promise | finally(cleanup)` the same as
/// the promise's member, `awaitable | finally(cleanup)` a coroutine whose cleanup can `co_await`
/// also when the coroutine has been cancelled; afterwards the coroutine still sees that it was.
///
/// `DestroyedTwice` is for the compilers that destroy the lambda it was made from twice, if that
/// was a temporary in a co_await expression.
template <class Cleanup, bool DestroyedTwice = false>
class partial_finally {
public:
    template <class C>
    partial_finally(std::in_place_t, C&& cleanup, std::source_location where)
        : cleanup_(std::forward<C>(cleanup))
        , where_(where)
    {
    }

    [[nodiscard]] const Cleanup& cleanup() const& noexcept { return cleanup_; }
    [[nodiscard]] Cleanup&& cleanup() && noexcept { return std::move(cleanup_); }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

    // One for each kind of argument, so that none is a worse match than Asio's own, which pipes a
    // deferred operation into anything that may be a token.
    template <class Left>
    [[nodiscard]] friend auto operator|(Left&& left, partial_finally&& self)
    {
        detail::check_temporary_cleanup<DestroyedTwice &&
                                        detail::is_awaitable<std::remove_cvref_t<Left>>>();
        return detail::pipe_into_finally(std::forward<Left>(left), std::move(self.cleanup_),
                                         self.where_);
    }

    template <class Left>
    [[nodiscard]] friend auto operator|(Left&& left, partial_finally& self)
    {
        return detail::pipe_into_finally(std::forward<Left>(left), std::as_const(self.cleanup_),
                                         self.where_);
    }

    template <class Left>
    [[nodiscard]] friend auto operator|(Left&& left, const partial_finally& self)
    {
        return detail::pipe_into_finally(std::forward<Left>(left), self.cleanup_, self.where_);
    }

private:
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

namespace detail {

// An initiation without an executor has the default token of all, where the release has one.
template <class Executor>
using executor_for_default_token =
    std::conditional_t<std::is_same_v<Executor, no_executor>, asio::system_executor, Executor>;

// The operation's own first, whatever is bound: as Asio's partial tokens do.
template <class Initiation, class... Args>
struct executor_of_initiation {
    using type = initiation_executor_t<Initiation, Args...>;
};

template <class Initiation, class... Args>
    requires requires { typename Initiation::executor_type; }
struct executor_of_initiation<Initiation, Args...> {
    using type = typename Initiation::executor_type;
};

template <class Initiation, class... Args>
using default_token_for = typename asio::default_completion_token<executor_for_default_token<
    typename executor_of_initiation<std::decay_t<Initiation>, Args...>::type>>::type;

template <class Initiation, class... Args>
concept has_default_token = !std::is_void_v<default_token_for<Initiation, Args...>>;

} // namespace detail

} // namespace settle

// So that it can be piped on: operation | finally(cleanup) | asio::deferred(f).
template <class Operation, class Cleanup>
struct boost::asio::is_deferred<settle::finally_operation<Operation, Cleanup>> : std::true_type {};

template <class Cleanup, bool DestroyedTwice, class... Signatures>
struct boost::asio::async_result<settle::partial_finally<Cleanup, DestroyedTwice>, Signatures...> {
    template <class Initiation, class RawToken, class... Args>
        requires settle::detail::has_default_token<Initiation, Args...>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
    {
        using inner = settle::detail::default_token_for<Initiation, Args...>;
        using whole = settle::finally_t<Cleanup, inner>;
        settle::detail::check_temporary_cleanup<DestroyedTwice &&
                                                !std::is_lvalue_reference_v<RawToken> &&
                                                settle::detail::is_coroutine_token<inner>>();
        whole adapted(std::forward<RawToken>(token).cleanup(), inner(), token.where());
        return async_initiate<whole, Signatures...>(std::forward<Initiation>(initiation), adapted,
                                                    std::forward<Args>(args)...);
    }
};
