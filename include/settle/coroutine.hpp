// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/coroutine_body.hpp>
#include <settle/fwd.hpp>
#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <coroutine>

/// A `settle::promise` as the return type of a coroutine: JavaScript's `async function`.
///
///     settle::promise<std::size_t> echo(asio::ip::tcp::socket& socket)
///     {
///         std::array<char, 512> buffer;
///         auto reading = socket.async_read_some(asio::buffer(buffer), asio::deferred);
///         const auto n = co_await std::move(reading);
///         co_return co_await asio::async_write(socket, asio::buffer(buffer, n), asio::deferred);
///     }
///
/// The body runs at once, up to its first `co_await`. Everything adoptable can be awaited: a
/// promise (as an rvalue), a shared promise, an `asio::awaitable`, a deferred operation, and types
/// with a `settle::adoption`. To await yields the value, several values as a `std::tuple`, and
/// throws when what is awaited ends in an error: the very exception, a
/// `boost::system::system_error` for an error_code. `co_await as_outcome(std::move(p))` never
/// throws. `co_await asio::this_coro::executor` is the coroutine's executor.
///
/// Outcome: what `co_return` gives, which may be a value, an `outcome` or an adoptable, as what a
/// `then` handler returns; a throw rejects. A coroutine that returns a `promise<void>` awaits an
/// adoptable instead of returning it.
///
/// Executor: that of the first argument that is an executor or an execution context, or that has
/// `get_executor()`: `*this` of a member function, an I/O object, a promise, also behind a pointer
/// or a `std::reference_wrapper`. What a lambda captures does not count. A coroutine without such
/// an argument does not compile. It is resumed on this executor, always posted.
///
/// Cancellation: `cancel()` reaches what the coroutine now awaits, or has returned. Where it is
/// between two of these the request goes to the next, once; if none follows, to who waits for the
/// promise. The coroutine sees no more of it than the error that what it awaits ends with, and may
/// go on. Dropping the promise does not cancel.
///
/// Exceptions: the call throws what copying the arguments into the coroutine throws, and
/// `std::bad_alloc`. An exception cannot carry the reasons it displaced, so these are reported.
///
/// Thread safety: the body runs on the caller's thread first, then where its executor runs it,
/// never on two threads at once.
///
/// Lifetime: local variables and arguments are destroyed before whoever waits for the promise is
/// called; arguments live until an adoptable that was returned has ended, local variables do not.
/// The captures of a lambda belong to the lambda: where it may go before its coroutine ends, hand
/// over what it uses as arguments. When the context is destroyed while the coroutine is suspended,
/// so is the coroutine; cleanups that it waited for are reported as abandoned, nothing else.
///
/// Complexity: one allocation for the coroutine and its promise; none to await a promise; one more
/// to return an adoptable.
///
/// Source: ECMA-262, 27.7 (AsyncFunction Objects).
template <class T, class Executor, class... Args>
struct std::coroutine_traits<settle::promise<T, Executor>, Args...> {
    using promise_type = settle::detail::coroutine_body<T, Executor>;
};
