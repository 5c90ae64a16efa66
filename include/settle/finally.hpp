// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/awaitable_finally.hpp>
#include <settle/detail/finally_initiation.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/mp11/list.hpp>

#include <concepts>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// The completion token that `finally(cleanup, token)` makes.
template <class Cleanup, class Token>
class finally_t {
public:
    template <class C, class T>
    finally_t(C&& cleanup, T&& token, std::source_location where)
        : cleanup_(std::forward<C>(cleanup))
        , token_(std::forward<T>(token))
        , where_(where)
    {
    }

    [[nodiscard]] const Cleanup& cleanup() const& noexcept { return cleanup_; }
    [[nodiscard]] Cleanup&& cleanup() && noexcept { return std::move(cleanup_); }
    [[nodiscard]] Token& token() noexcept { return token_; }
    [[nodiscard]] const Token& token() const noexcept { return token_; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

private:
    [[no_unique_address]] Cleanup cleanup_;
    [[no_unique_address]] Token token_;
    std::source_location where_;
};

/// The value that `finally(cleanup)` makes: to be piped onto an operation, a promise or an
/// awaitable. It can be stored, and used again where the cleanup can be copied.
template <class Cleanup>
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

private:
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

/// Runs a cleanup when an asynchronous operation ends, however it ends, waits for the cleanup where
/// it is asynchronous, and then completes with the operation's own outcome.
///
/// The cleanup is called with no arguments, exactly once for every operation that was started and
/// completes, with success, with an error, or cancelled. What it returns is ignored, unless it is
/// adoptable (a promise, an `asio::awaitable`, a deferred operation, a type with an
/// `adoption`): then completion waits for it. A cleanup that throws, or whose adoptable ends in
/// an error, replaces the outcome with its own reason; the reason it displaced goes to the report
/// hook where the completion cannot carry it. An empty cleanup (`nullptr`, an empty
/// `std::function`) passes the outcome through.
///
/// Completion signature: with an infallible cleanup (`noexcept`, and returning nothing adoptable)
/// the operation's own. Otherwise
///
///     operation                      token completes with
///     void(error_code, Ts...)        void(error_code, Ts...)
///     void(std::exception_ptr, Ts...) void(std::exception_ptr, Ts...)
///     void(Ts...)                    void(std::exception_ptr, Ts...)
///
/// and where the token turns errors into exceptions anyway (`use_awaitable`, `use_future`, what
/// specialises `prefers_exception`) an error_code becomes an exception_ptr, so that the
/// cleanup's own exception arrives with its type. `Ts...` are always the operation's own values,
/// also when the error was replaced. An error_code slot gets the code of a `system_error`; any
/// other exception becomes `errc::cleanup_threw` there and goes to the report hook itself.
///
/// Executor: the cleanup is called where the operation completes, that is on the associated
/// executor of the token's handler. What it returns starts there too; without one, on the
/// operation's I/O executor. Both have outstanding work until the handler has been called.
///
/// Cancellation: a signal that arrives while the operation runs goes to the operation. Once it has
/// ended the cleanup is shielded: it has a slot of its own that nobody emits.
///
/// Exceptions: what the initiating function throws is thrown to its caller, and no cleanup runs.
/// What the token's handler throws is never taken for a failure of the cleanup.
///
/// Lifetime: the cleanup lives until what it returned has ended and is destroyed before the handler
/// is called; so are memory and slot of the handler given back before.
///
/// Complexity: with a synchronous cleanup no allocation. With an asynchronous one a single
/// allocation, from the handler's associated allocator, made when the operation starts.
///
/// Example:
///
///     asio::async_read(socket, buffer, settle::finally([&] { --in_flight; }, handler));
///
/// Source: ECMA-262, 27.2.5.3 (Promise.prototype.finally).
template <class Cleanup, class Token>
    requires(!std::same_as<std::remove_cvref_t<Token>, std::source_location>)
[[nodiscard("pass it to an initiating function as its completion token")]] auto
finally(Cleanup&& cleanup, Token&& token,
        std::source_location where = std::source_location::current())
{
    static_cast<void>(detail::cleanup_traits<std::decay_t<Cleanup>>::infallible);
    return finally_t<std::decay_t<Cleanup>, std::decay_t<Token>>(std::forward<Cleanup>(cleanup),
                                                                 std::forward<Token>(token), where);
}

/// A cleanup to be piped: `operation | finally(cleanup)`.
template <class Cleanup>
[[nodiscard("pipe an operation into it: operation | finally(cleanup)")]] auto
finally(Cleanup&& cleanup, std::source_location where = std::source_location::current())
{
    static_cast<void>(detail::cleanup_traits<std::decay_t<Cleanup>>::infallible);
    return partial_finally<std::decay_t<Cleanup>>(std::in_place, std::forward<Cleanup>(cleanup),
                                                  where);
}

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

    template <class Token>
    auto operator()(Token&& token) const& -> decltype(std::declval<const Operation&>()(
        std::declval<finally_t<Cleanup, std::decay_t<Token>>>()))
    {
        return operation_(
            finally_t<Cleanup, std::decay_t<Token>>(cleanup_, std::forward<Token>(token), where_));
    }

private:
    Operation operation_;
    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

/// `operation | finally(cleanup)` for a deferred operation.
template <class Operation, class Partial,
          class Cleanup = std::remove_cvref_t<decltype(std::declval<Partial>().cleanup())>>
    requires std::same_as<std::remove_cvref_t<Partial>, partial_finally<Cleanup>> &&
             detail::deferred_operation<std::remove_cvref_t<Operation>>
[[nodiscard]] auto operator|(Operation&& operation, Partial&& partial)
{
    const auto where = partial.where();
    return finally_operation<std::remove_cvref_t<Operation>, Cleanup>(
        std::forward<Operation>(operation), std::forward<Partial>(partial).cleanup(), where);
}

/// `awaitable | finally(cleanup)`: a coroutine that does the same. The cleanup can `co_await` also
/// when the coroutine has been cancelled, and afterwards the coroutine still sees that it was.
template <class T, class Executor, class Partial,
          class Cleanup = std::remove_cvref_t<decltype(std::declval<Partial>().cleanup())>>
    requires std::same_as<std::remove_cvref_t<Partial>, partial_finally<Cleanup>>
[[nodiscard]] asio::awaitable<T, Executor> operator|(asio::awaitable<T, Executor>&& operation,
                                                     Partial&& partial)
{
    const auto where = partial.where();
    return detail::finally_awaitable<T, Executor, Cleanup>(
        std::move(operation),
        detail::cleanup_holder<Cleanup, false>(std::in_place,
                                               std::forward<Partial>(partial).cleanup()),
        where);
}

/// `promise | finally(cleanup)`: the same as the promise's member.
template <class Promise, class Partial,
          class Cleanup = std::remove_cvref_t<decltype(std::declval<Partial>().cleanup())>>
    requires std::same_as<std::remove_cvref_t<Partial>, partial_finally<Cleanup>> &&
             (!detail::deferred_operation<std::remove_cvref_t<Promise>>) &&
             requires(Promise&& promise, Partial&& partial, std::source_location where) {
                 std::forward<Promise>(promise).finally(std::forward<Partial>(partial).cleanup(),
                                                        where);
             }
[[nodiscard]] auto operator|(Promise&& promise, Partial&& partial)
{
    const auto where = partial.where();
    return std::forward<Promise>(promise).finally(std::forward<Partial>(partial).cleanup(), where);
}

namespace detail {

// What the token inside would like best decides; a nested finally hands the wish on.
template <class Cleanup, class Token>
inline constexpr slot_wish wish_of<finally_t<Cleanup, Token>> = wish_of<Token>;

template <class Token, class List>
struct async_result_of;

template <class Token, class... Signatures>
struct async_result_of<Token, type_list<Signatures...>> {
    using type = asio::async_result<Token, Signatures...>;

    template <class RawToken, class Initiation, class... Args>
    static auto initiate(Initiation&& initiation, RawToken& token, Args&&... args)
        -> decltype(asio::async_initiate<RawToken, Signatures...>(
            std::forward<Initiation>(initiation), token, std::forward<Args>(args)...))
    {
        return asio::async_initiate<RawToken, Signatures...>(std::forward<Initiation>(initiation),
                                                             token, std::forward<Args>(args)...);
    }
};

} // namespace detail

} // namespace settle

template <class Cleanup, class Token, class... Signatures>
struct boost::asio::async_result<settle::finally_t<Cleanup, Token>, Signatures...>
    : settle::detail::async_result_of<
          Token, settle::detail::downstream_signatures<
                     Token, settle::detail::is_infallible<Cleanup>, Signatures...>>::type {
private:
    using downstream = settle::detail::async_result_of<
        Token, settle::detail::downstream_signatures<Token, settle::detail::is_infallible<Cleanup>,
                                                     Signatures...>>;

    template <class Initiation>
    using adapted =
        settle::detail::finally_initiation<std::decay_t<Initiation>, Cleanup,
                                           settle::detail::wish_of<Token>, Signatures...>;

    // As const as the raw token, and an lvalue where that is one, so that it is not moved from.
    template <class RawToken>
    using maybe_const =
        std::conditional_t<std::is_const_v<std::remove_reference_t<RawToken>>, const Token, Token>;

    template <class RawToken>
    using inner = std::conditional_t<std::is_lvalue_reference_v<RawToken>, maybe_const<RawToken>&,
                                     maybe_const<RawToken>>;

public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
        -> decltype(downstream::template initiate<inner<RawToken>>(
            std::declval<adapted<Initiation>>(), std::declval<inner<RawToken>&>(),
            std::forward<Args>(args)...))
    {
        return downstream::template initiate<inner<RawToken>>(
            adapted<Initiation>(std::forward<Initiation>(initiation),
                                std::forward<RawToken>(token).cleanup(), token.where()),
            token.token(), std::forward<Args>(args)...);
    }
};
