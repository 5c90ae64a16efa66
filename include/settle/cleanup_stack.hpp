// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/attempt_node.hpp>
#include <settle/detail/consume.hpp>
#include <settle/detail/disposal.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/stacked_cleanup.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>
#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// Cleanups that run last in, first out, one after another: ECMAScript's `AsyncDisposableStack`.
///
/// A stack collects what has to be undone while it is being done. `dispose()` then runs all of it,
/// whatever fails on the way, as nested `finally` would. `with_cleanup` disposes a stack by itself.
///
///     settle::cleanup_stack stack(context);
///     auto& file = stack.adopt(open(name), [](stream_file& f) { f.close(); });
///     stack.defer([&] { return unlock(name); });
///     stack.dispose().then([] { ... });
///
/// Executor: each cleanup is posted, to its associated executor, else to the stack's; nothing of
/// the user's is called from inside a function of this class. What a cleanup returns starts there
/// too. The disposal keeps the loop running until it has ended; a stack that is not disposed does
/// not.
///
/// Cancellation: the disposal is shielded. A request to cancel changes neither the cleanups nor how
/// the disposal ends.
///
/// Exceptions: adding to a stack that has been disposed or moved, and moving one, throws a
/// `boost::system::system_error` with `errc::already_disposed`. A cleanup that throws, or whose
/// adoptable ends in an error, rejects the disposal; the reasons of the cleanups before it are in
/// `suppressed()`, oldest first.
///
/// Abandonment: the cleanups of a stack that is destroyed undisposed, or whose execution context
/// is, do not run; each is reported as `report_kind::abandoned_cleanup` with the place where it was
/// added. So are those whose turn has not come when the context is destroyed during the disposal.
///
/// Thread safety: distinct objects may be used from different threads.
///
/// Lifetime: a disposal under way needs the stack no more. A cleanup, and the value adopted with
/// it, lives until what it returned has ended, and is destroyed before the next is called. The
/// allocator of a cleanup must live as long as the stack and its disposal. A stack may outlive its
/// execution context.
///
/// Complexity: one allocation for each entry, from the cleanup's associated allocator; three for
/// the first `dispose()`, one for each further one, or where there are no entries.
///
/// Source: ECMA-262, Explicit Resource Management (AsyncDisposableStack Objects).
template <class Executor>
class basic_cleanup_stack {
public:
    using executor_type = Executor;

    template <class ExecutorOrContext>
        requires detail::executor_or_context<ExecutorOrContext> &&
                 std::convertible_to<detail::executor_from_t<ExecutorOrContext>, Executor>
    explicit basic_cleanup_stack(ExecutorOrContext&& executor)
        : loop_(detail::as_executor(std::forward<ExecutorOrContext>(executor)))
    {
    }

    /// Leaves the other one disposed.
    basic_cleanup_stack(basic_cleanup_stack&& other) noexcept
        : loop_(other.loop_)
        , entries_(std::move(other.entries_))
        , end_(std::exchange(other.end_, std::nullopt))
        , disposed_(std::exchange(other.disposed_, true))
        , runs_elsewhere_(other.runs_elsewhere_)
    {
    }

    basic_cleanup_stack& operator=(basic_cleanup_stack&&) = delete;

    /// Neither runs nor waits for anything. Cleanups that have not been disposed are abandoned.
    ~basic_cleanup_stack() = default;

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    /// Adds a cleanup, of the kind that `finally` takes. An empty one does nothing.
    ///
    /// Exceptions: `errc::already_disposed`, `std::bad_alloc`, and what moving the cleanup throws;
    /// the stack is then as it was.
    template <class Cleanup>
    void defer(Cleanup&& cleanup, std::source_location where = std::source_location::current())
    {
        check_not_disposed();
        using decayed = std::decay_t<Cleanup>;
        detail::push_cleanup<decayed>(entries(), loop_, where, cleanup,
                                      std::forward<Cleanup>(cleanup));
        runs_elsewhere_ |= detail::has_associated_executor<decayed>;
    }

    /// Takes a value, and adds a cleanup that is called with it. Returns the value, which stays
    /// where it is until the cleanup has ended, also when the stack is moved.
    ///
    /// Exceptions: as `defer`.
    template <class T, class Cleanup>
    std::decay_t<T>& adopt(T&& value, Cleanup&& cleanup_of_value,
                           std::source_location where = std::source_location::current())
    {
        check_not_disposed();
        using value_type = std::decay_t<T>;
        using given = std::decay_t<Cleanup>;
        constexpr bool callable =
            detail::callable_once<given, value_type&> || detail::callable_once<given, value_type>;
        static_assert(callable,
                      "settle: the cleanup of an adopted value is called with that value; "
                      "write adopt(value, [](auto& value) { ... }), or defer(cleanup) "
                      "where it takes nothing");
        value_type* adopted = nullptr;
        if constexpr (callable) {
            using decayed = detail::adopted_cleanup<value_type, given>;
            using parts = typename decayed::template parts<T, Cleanup>;
            detail::push_cleanup<decayed>(
                entries(), loop_, where, cleanup_of_value,
                parts{std::forward<T>(value), std::forward<Cleanup>(cleanup_of_value), &adopted});
            runs_elsewhere_ |= detail::has_associated_executor<given>;
        }
        return *adopted;
    }

    /// A stack with the entries of this one, which is disposed from now on and has none: what has
    /// been built succeeded, and is to be undone later.
    ///
    /// Exceptions: `errc::already_disposed`.
    [[nodiscard("its entries are abandoned with it")]] basic_cleanup_stack move()
    {
        check_not_disposed();
        return std::move(*this);
    }

    /// Runs the cleanups, the last one first, each after the one before it has ended. The promise
    /// settles when all have: fulfilled, or rejected with the reason of the last one that failed,
    /// which has displaced those of the ones before.
    ///
    /// Called again, it runs nothing and returns a promise that settles as the first does. That of
    /// a stack that was moved, or that has no entries, is fulfilled.
    ///
    /// Exceptions: `std::bad_alloc`; the stack is then as it was.
    promise<void, Executor> dispose(std::source_location where = std::source_location::current())
    {
        if (end_ && disposed_)
            return end_promise(where);
        if (!entries_ || entries_->empty()) {
            auto fulfilled = nothing_to_dispose(where);
            disposed_ = true;
            return fulfilled;
        }
        // All that may fail comes before anything begins.
        if (!end_)
            end_.emplace(share(entries_->last()));
        auto start = std::make_unique<detail::disposal_start>(where);
        auto disposal = end_promise(where);
        disposed_ = true;
        // The stack may go as soon as they have begun.
        const auto begun = std::move(entries_);
        begun->begin(*start.release(), loop_.context());
        return disposal;
    }

    /// Whether it has been disposed, or moved.
    [[nodiscard]] bool disposed() const noexcept { return disposed_; }

private:
    void check_not_disposed() const
    {
        if (disposed_)
            throw boost::system::system_error(errc::already_disposed, "settle: cleanup_stack");
    }

    [[nodiscard]] detail::stacked_cleanups& entries()
    {
        if (!entries_)
            entries_.reset(new detail::stacked_cleanups(loop_.context()));
        return *entries_;
    }

    [[nodiscard]] shared_promise<void, Executor> share(detail::promise_state<void>* last) const
    {
        auto promise = detail::promise_access::make_promise<void>(last, loop_);
        try {
            return std::move(promise).share();
        } catch (...) {
            static_cast<void>(detail::promise_access::take(promise));
            throw;
        }
    }

    [[nodiscard]] promise<void, Executor> end_promise(const std::source_location& where) const
    {
        return detail::link<void, detail::disposed_reaction<Executor>>(
            *end_, loop_, std::allocator<void>(), where, loop_, runs_elsewhere_);
    }

    [[nodiscard]] promise<void, Executor>
    nothing_to_dispose(const std::source_location& where) const
    {
        return detail::promise_access::make_promise<void>(new detail::disposal_start(where), loop_);
    }

    detail::loop<Executor> loop_;
    detail::stacked_cleanups_owner entries_; // made with the first
    // What all callers of dispose() wait for.
    std::optional<shared_promise<void, Executor>> end_;
    bool disposed_ = false;
    bool runs_elsewhere_ = false; // a cleanup has an executor of its own
};

using cleanup_stack = basic_cleanup_stack<asio::any_io_executor>;

namespace detail {

/// The stack that a body is called with: cleanup_stack, unless it takes none or the executor cannot
/// be erased.
template <class Body, class Executor>
struct stack_of_body {
    using type = basic_cleanup_stack<Executor>;
};

template <class Body, class Executor>
    requires std::convertible_to<Executor, asio::any_io_executor> &&
             callable_once<Body, cleanup_stack&>
struct stack_of_body<Body, Executor> {
    using type = cleanup_stack;
};

} // namespace detail

/// Calls `body` at once with a cleanup stack, disposes the stack when what the body returned has
/// ended, whatever it ended with, and then settles as the body did: with a value, an `outcome`, or
/// what an adoptable ended with, or what the body threw. The `await using` of ECMAScript.
///
/// A disposal that fails replaces the outcome with its own reason; that of the body is in its
/// `suppressed()` then, before those of the cleanups.
///
/// Executor: the body is called here and now; cleanups, and what waits for the promise, are posted.
///
/// Cancellation: `cancel()` reaches what the body returned. The disposal is shielded.
///
/// Exceptions: what the body throws rejects; `std::bad_alloc` before it is called.
///
/// Lifetime: the body and the stack stay where they are until the disposal has ended, so cleanups
/// may refer to both; they go before whoever waits for the promise is called.
///
/// Complexity: three allocations, and those of the stack.
///
///     settle::with_cleanup(context, [](settle::cleanup_stack& stack) -> asio::awaitable<int> {
///         auto& lease = stack.adopt(co_await pool.lease(), [](auto& l) { return l.give_back(); });
///         co_return co_await use(lease);
///     })
///
/// Source: ECMA-262, Explicit Resource Management (await using).
template <class ExecutorOrContext, class Body>
    requires detail::executor_or_context<ExecutorOrContext>
[[nodiscard]] auto with_cleanup(ExecutorOrContext&& executor, Body&& body,
                                std::source_location where = std::source_location::current())
{
    using executor_type = detail::executor_from_t<ExecutorOrContext>;
    using function = std::decay_t<Body>;
    using stack = typename detail::stack_of_body<function, executor_type>::type;
    constexpr bool callable = detail::callable_once<function, stack&>;
    static_assert(callable, "settle: the body of with_cleanup is called with the stack; write "
                            "with_cleanup(executor, [](settle::cleanup_stack& stack) { ... })");
    if constexpr (callable) {
        using scope = detail::cleanup_scope<stack, function>;
        const auto own = detail::as_executor(std::forward<ExecutorOrContext>(executor));
        const detail::loop<executor_type> home(own);
        auto owned = std::make_unique<scope>(own, std::forward<Body>(body));
        auto call = [in = owned.get()]() -> decltype(auto) {
            return detail::call_once(in->body, in->stack);
        };
        using value_type = detail::flattened_t<detail::call_once_result_t<decltype(call)>>;
        using node = detail::attempt_node<value_type, decltype(call), executor_type>;
        auto* const state = detail::create_block<node>(std::allocator<void>(), call, home, where);
        // The disposal waits before the body begins, so that nothing can come between the two.
        auto result = [&] {
            auto ended = detail::promise_access::make_promise<value_type>(state, home);
            try {
                return detail::link<value_type, detail::disposing_reaction<scope>>(
                    ended, home, std::allocator<void>(), where, std::move(owned));
            } catch (...) {
                state->abandon_and_drop();
                throw;
            }
        }();
        state->begin();
        return result;
    }
}

} // namespace settle
