// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/coroutine_temporary.hpp>
#include <settle/detail/finally_pipe.hpp>
#include <settle/detail/finally_result.hpp>
#include <settle/detail/finally_token.hpp>

#include <concepts>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

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
///     the operation's                  the token's            the token's, where it turns errors
///                                                             into exceptions anyway
///     void(error_code, Ts...)          void(error_code, Ts...)      void(exception_ptr, Ts...)
///     void(exception_ptr, Ts...)       void(exception_ptr, Ts...)   void(exception_ptr, Ts...)
///     void(Ts...)                      void(exception_ptr, Ts...)   void(exception_ptr, Ts...)
///     void(disposition, Ts...)         void(exception_ptr, Ts...)   void(exception_ptr, Ts...)
///     void(Ts...) &                    void(Ts...) &                void(Ts...) &
///
/// Several signatures are transformed each by itself and duplicates removed; `&&` and `noexcept`
/// are kept. One that is qualified by `&` reports progress: it passes, any number of times, and
/// runs no cleanup. `Ts...` are always the operation's own values, also when the error was
/// replaced. A disposition is any other type that Asio can turn into an exception (since
/// Boost 1.87).
///
/// Tokens that turn errors into exceptions are `use_awaitable`, `use_future`, `use_coro`, a yield
/// context, and what specialises `prefers_exception`; also inside `bind_executor` and its
/// siblings, `consign`, `append`, `cancel_after` and another `finally`. A yield context that
/// carries an error_code (`yield[ec]`) gets an error_code. `use_promise` gets the whole `reason`.
///
/// An error_code slot gets the code of a `system_error`, Boost's or the standard's; any other
/// exception becomes `errc::cleanup_threw` there and goes to the report hook itself.
///
/// Executor: the cleanup is called where the operation completes, that is on the associated
/// executor of the token's handler. What it returns starts there too; without one, on the
/// operation's executor, which is the one bound to it, its initiation's, or that of the first
/// argument that has one. Both have outstanding work while the cleanup runs, and the
/// handler is called on its own executor wherever the cleanup ended. Executor, immediate executor,
/// allocator and cancellation slot of the token's handler are handed on to the operation.
///
/// Cancellation: a signal that arrives while the operation runs goes to the operation. Once it has
/// ended the slot is cleared and the cleanup is shielded: it has a slot of its own that nobody
/// emits.
///
/// Exceptions: what the initiating function throws is thrown to its caller, and no cleanup runs.
/// What the token's handler throws is never taken for a failure of the cleanup.
///
/// Abandonment: an operation that is destroyed uncompleted, with its context or otherwise, takes
/// its cleanup with it, which is reported as `report_kind::abandoned_cleanup` with the place where
/// it was attached; so is an asynchronous cleanup that is destroyed before it ended.
///
/// Thread safety: as the operation's. Nothing is shared between two operations.
///
/// Lifetime: the cleanup lives until what it returned has ended and is destroyed before the handler
/// is called; so are memory and slot of the handler given back before.
///
/// Complexity: with a synchronous cleanup no allocation. With an asynchronous one a single
/// allocation, from the handler's associated allocator, made when the operation starts.
///
/// Default tokens: `finally_t<Cleanup, Token>::as_default_on_t<Socket>` is a socket whose
/// operations have it as their default; `finally(cleanup)` without a token adapts the default one.
///
/// GCC 12 destroys a lambda twice that is a temporary in a co_await expression. Where that can be
/// seen it is refused there: a lambda with a destructor to call, given as an rvalue along with a
/// token for coroutines, or piped onto an awaitable. Name it and pass it as an lvalue.
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
    detail::check_order<std::decay_t<Cleanup>, std::decay_t<Token>>();
    detail::check_temporary_cleanup<detail::is_destroyed_twice<Cleanup>() &&
                                    detail::is_coroutine_token<std::decay_t<Token>>>();
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
    return partial_finally<std::decay_t<Cleanup>, detail::is_destroyed_twice<Cleanup>()>(
        std::in_place, std::forward<Cleanup>(cleanup), where);
}

} // namespace settle
