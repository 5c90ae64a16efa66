// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/attempt_node.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/consume.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/then_value.hpp>
#include <settle/fwd.hpp>
#include <settle/outcome.hpp>
#include <settle/reason.hpp>
#include <settle/resolver.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/assert.hpp>
#include <boost/config.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// What `with_resolvers` returns.
template <class T, class Executor>
struct promise_with_resolvers {
    settle::promise<T, Executor> promise;
    settle::resolver<T, Executor> resolver;
};

/// A handle on an eventual `T`, with one consumer: ECMAScript's promise, in C++'s ownership.
///
/// A promise is pending, then fulfilled with a value or rejected with a `reason`, once. What
/// consumes it (`then`, `catch_`, `finally`, a completion token, `co_await`) takes the handle, so
/// it is called on an rvalue: `std::move(p).then(f)`.
///
/// Executor: continuations are always posted, to the handler's associated executor, else to the
/// promise's; nothing of the user's is called from inside a function of this class. A pending
/// promise alone does not keep a loop running.
///
/// Cancellation: `cancel()` and the slot of a completion token reach what the chain waits for.
/// Dropping a promise neither cancels nor blocks.
///
/// Exceptions: what a handler throws rejects the promise that the call returned. A rejection by
/// error_code passes along a chain without a throw.
///
/// Thread safety: distinct objects may be used from different threads.
///
/// Lifetime: a promise may outlive its execution context; it then
/// never calls anything. The allocator of a handler must live as long as the promise that the
/// handler's link returned.
///
/// Complexity: one allocation a link, from the handler's associated allocator.
///
/// Source: ECMA-262, 27.2 (Promise Objects).
template <class T, class Executor>
class [[nodiscard("consume it with then, catch_, finally, co_await or a completion token, or call "
                  "std::move(p).detach()")]] promise {
    static_assert(!std::is_reference_v<T>,
                  "settle: a promise of a reference; use T*, or std::reference_wrapper<T>");
    static_assert(std::same_as<T, std::decay_t<T>>, "settle: a promise's type is a decayed one");

public:
    using value_type = T;
    using executor_type = Executor;

    /// As JavaScript's constructor: calls `f` at once with a resolver. A throw rejects, unless the
    /// promise has been decided by then.
    template <class ExecutorOrContext, class F>
        requires detail::executor_or_context<ExecutorOrContext> &&
                     std::convertible_to<detail::executor_from_t<ExecutorOrContext>, Executor> &&
                     (std::invocable<F, resolver<T, Executor>> ||
                      std::invocable<F, resolver<T, Executor>&>)
    promise(ExecutorOrContext&& executor, F&& f,
            std::source_location where = std::source_location::current())
        : state_(nullptr)
        , loop_(detail::loop_on<Executor>(executor))
    {
        auto* state = new detail::resolver_state<T>(where);
        state->stay_with(loop_.bias());
        state_ = state;
        auto decides = detail::promise_access::make_resolver<T>(state, loop_);
        try {
            if constexpr (std::invocable<F, resolver<T, Executor>>)
                std::forward<F>(f)(resolver<T, Executor>(decides));
            else
                std::forward<F>(f)(decides);
        } catch (...) {
            decides.reject(std::current_exception());
        }
    }

    promise(promise&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
        , loop_(std::move(other.loop_))
    {
    }

    template <class Other>
        requires(!std::same_as<Other, Executor> && std::convertible_to<const Other&, Executor>)
    promise(promise<T, Other>&& other)
        : promise(nullptr, detail::promise_access::loop_of(other))
    {
        state_ = detail::promise_access::take(other);
    }

    promise& operator=(promise other) noexcept
    {
        std::swap(state_, other.state_);
        std::swap(loop_, other.loop_);
        return *this;
    }

    SETTLE_FORCE_INLINE ~promise()
    {
        if (state_)
            drop();
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    /// Calls `f` with the value once the promise is fulfilled; a rejection passes by. The promise
    /// returned settles with what `f` returns: a value, an `outcome`, or what an adoptable ends
    /// with; a throw rejects it. For a `promise<std::tuple<...>>` the handler takes the tuple or
    /// its elements. A missing or empty handler passes the outcome through.
    template <class F>
    auto then(F&& f, std::source_location where = std::source_location::current()) &&
    {
        return detail::react<void>(*this, std::forward<F>(f), nullptr, where);
    }

    /// The same, with `g` called for a rejection (see `catch_` for what it may take). The promise
    /// returned is of the common type of both results.
    template <class F, class G>
        requires(!std::same_as<std::remove_cvref_t<G>, std::source_location>)
    auto then(F&& f, G&& g, std::source_location where = std::source_location::current()) &&
    {
        return detail::react<void>(*this, std::forward<F>(f), std::forward<G>(g), where);
    }

    /// Calls `g` once the promise is rejected; a value passes by. `g` takes `const reason&`, a
    /// `std::exception_ptr`, an `error_code` (which matches codes and both libraries'
    /// `system_error`), or an exception type; one whose type does not match lets the reason pass.
    /// A generic handler gets the reason. What `g` returns must convert to `T`.
    template <class G>
    promise catch_(G&& g, std::source_location where = std::source_location::current()) &&
    {
        return detail::recover<void>(*this, std::forward<G>(g), where);
    }

    /// The explicit form: `catch_<my_error>([](auto& e) { ... })`.
    template <class E, class G>
    promise catch_(G&& g, std::source_location where = std::source_location::current()) &&
    {
        return detail::recover<E>(*this, std::forward<G>(g), where);
    }

    /// Runs `cleanup` once the promise has settled, waits for it where it is asynchronous, and
    /// settles as this promise did, unless the cleanup throws or yields a rejection; see
    /// <settle/finally.hpp>.
    ///
    /// Source: ECMA-262, 27.2.5.3 (Promise.prototype.finally).
    template <class Cleanup>
    promise finally(Cleanup&& cleanup,
                    std::source_location where = std::source_location::current()) &&
    {
        return detail::clean_up(*this, std::forward<Cleanup>(cleanup), where);
    }

    /// Any number of handles on the same outcome. Takes the promise. Defined in
    /// <settle/shared_promise.hpp>.
    ///
    /// Exceptions: `std::bad_alloc`, and the promise is then still the caller's. Complexity: one
    /// allocation.
    [[nodiscard]] shared_promise<T, Executor> share() &&;

    /// Asks whatever this promise waits for to stop: the operation, coroutine or resolver at the
    /// start of its chain, or what a handler on the way has returned. A cleanup under way is
    /// shielded. Where the chain is between two of these, the request goes to the next. The promise
    /// settles as what was asked does, `operation_aborted` as a rule; it may also be fulfilled, if
    /// the request came too late.
    ///
    /// Executor: the request is carried out on the executor of what is asked: inside the call when
    /// that is the caller's.
    ///
    /// Thread safety: may be called on any thread, also while the promise settles, where that
    /// executor is serial (an `io_context` run by one thread, a strand), as Asio requires.
    ///
    /// Complexity: linear in the number of pending links.
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        BOOST_ASSERT_MSG(state_, "settle: a moved-from promise is used");
        detail::cancel_walk::begin(*state_, type);
    }

    /// Nobody waits, on purpose. A rejection is still reported.
    void detach() && { static_cast<void>(promise(std::move(*this))); }

    /// A promise is a deferred operation itself: waits for it with any completion token.
    ///
    /// Completion signature: `void(std::exception_ptr, T)`, for `void` `void(std::exception_ptr)`.
    /// A rejection by error_code arrives as a `boost::system::system_error`.
    ///
    /// Executor: the handler's associated executor, else the promise's; always posted. An
    /// `any_completion_handler` needs `bind_executor` for that.
    template <asio::completion_token_for<detail::exception_signature_t<T>> Token>
    auto
    operator()(Token&& token) && -> decltype(asio::async_initiate<Token,
                                                                  detail::exception_signature_t<T>>(
        std::declval<detail::initiation_for_t<promise, detail::exception_completion>>(), token,
        std::declval<promise>()))
    {
        static_assert(
            std::is_void_v<T> || std::is_default_constructible_v<T>,
            "settle: a completion token is given a default value along with an error, and "
            "this promise's type has none; write as_outcome(std::move(p))(token)");
        using initiation = detail::initiation_for_t<promise, detail::exception_completion>;
        return asio::async_initiate<Token, detail::exception_signature_t<T>>(
            initiation(loop_), token, std::move(*this));
    }

    // A promise that is not given up cannot be consumed; each says what to write instead.

    template <class... Args>
    void then(Args&&...) &
    {
        static_assert(detail::always_false<Args...>, "settle: write std::move(p).then(...)");
    }

    template <class... Args>
    void catch_(Args&&...) &
    {
        static_assert(detail::always_false<Args...>, "settle: write std::move(p).catch_(...)");
    }

    template <class... Args>
    void finally(Args&&...) &
    {
        static_assert(detail::always_false<Args...>, "settle: write std::move(p).finally(...)");
    }

    template <class... Args>
    void operator()(Args&&...) &
    {
        static_assert(detail::always_false<Args...>, "settle: write std::move(p)(token)");
    }

private:
    friend detail::promise_access;
    template <class, class>
    friend class promise;

    template <class Home>
    promise(detail::promise_state<T>* state,
            Home&& home) noexcept(std::is_nothrow_constructible_v<detail::loop<Executor>, Home>)
        : state_(state)
        , loop_(std::forward<Home>(home))
    {
    }

    // Out of line: most handles have been consumed before they are destroyed.
    BOOST_NOINLINE void drop() noexcept { state_->drop(loop_.context()); }

    detail::promise_state<T>* state_;
    detail::loop<Executor> loop_;
};

/// A pending promise and its resolver: JavaScript's `Promise.withResolvers`.
///
/// Exceptions: `std::bad_alloc`. Complexity: one allocation.
///
///     auto [p, r] = settle::with_resolvers<int>(context);
template <class T, class ExecutorOrContext>
    requires detail::executor_or_context<ExecutorOrContext>
[[nodiscard]] auto with_resolvers(ExecutorOrContext&& executor,
                                  std::source_location where = std::source_location::current())
{
    using executor_type = detail::executor_from_t<ExecutorOrContext>;
    auto home = detail::loop_on<executor_type>(executor);
    auto* state = new detail::resolver_state<T>(where);
    state->stay_with(home.bias());
    return promise_with_resolvers<T, executor_type>{
        detail::promise_access::make_promise<T>(state, home),
        detail::promise_access::make_resolver<T>(state, std::move(home))};
}

/// A promise resolved with a value; with an adoptable, one that follows it.
template <class ExecutorOrContext, class Value>
    requires detail::executor_or_context<ExecutorOrContext> &&
             (!std::same_as<std::remove_cvref_t<Value>, std::source_location>)
[[nodiscard]] auto resolved(ExecutorOrContext&& executor, Value&& value,
                            std::source_location where = std::source_location::current())
{
    using value_type = detail::flattened_t<std::decay_t<Value>>;
    auto made = with_resolvers<value_type>(std::forward<ExecutorOrContext>(executor), where);
    made.resolver.resolve(std::forward<Value>(value));
    return std::move(made.promise);
}

/// A fulfilled promise<void>.
template <class ExecutorOrContext>
    requires detail::executor_or_context<ExecutorOrContext>
[[nodiscard]] auto resolved(ExecutorOrContext&& executor,
                            std::source_location where = std::source_location::current())
{
    auto made = with_resolvers<void>(std::forward<ExecutorOrContext>(executor), where);
    made.resolver.resolve();
    return std::move(made.promise);
}

/// A rejected promise.
template <class T, class ExecutorOrContext, class Why>
    requires detail::executor_or_context<ExecutorOrContext>
[[nodiscard]] auto rejected(ExecutorOrContext&& executor, Why&& why,
                            std::source_location where = std::source_location::current())
{
    auto made = with_resolvers<T>(std::forward<ExecutorOrContext>(executor), where);
    made.resolver.reject(std::forward<Why>(why));
    return std::move(made.promise);
}

/// Calls `f` at once and returns a promise of what it returns or throws: JavaScript's
/// `Promise.try`. The function lives until what it returned has ended.
///
/// Executor: the function is called here and now; what waits for the promise is posted.
///
/// Exceptions: what the function throws rejects. Complexity: one allocation.
template <class ExecutorOrContext, class F>
    requires detail::executor_or_context<ExecutorOrContext> &&
             detail::callable_once<std::decay_t<F>>
[[nodiscard]] auto attempt(ExecutorOrContext&& executor, F&& f,
                           std::source_location where = std::source_location::current())
{
    using executor_type = detail::executor_from_t<ExecutorOrContext>;
    using function = std::decay_t<F>;
    using value_type = detail::flattened_t<detail::call_once_result_t<function>>;
    using node = detail::attempt_node<value_type, function, executor_type>;
    const auto home = detail::loop_on<executor_type>(executor);
    auto* state =
        detail::create_block<node>(std::allocator<void>(), std::forward<F>(f), home, where);
    auto result = detail::promise_access::make_promise<value_type>(state, home);
    state->begin();
    return result;
}

/// A promise or a shared_promise as an operation that never fails: it completes with an
/// `outcome<T>`.
template <class Handle>
class [[nodiscard("call it with a completion token, or co_await it")]] outcome_operation {
    using signature = detail::outcome_signature_t<typename Handle::value_type>;
    using initiation = detail::initiation_for_t<Handle, detail::outcome_completion>;

public:
    explicit outcome_operation(Handle&& source)
        : source_(std::move(source))
    {
    }

    template <asio::completion_token_for<signature> Token>
    auto operator()(Token&& token) && -> decltype(asio::async_initiate<Token, signature>(
        std::declval<initiation>(), token, std::declval<Handle>()))
    {
        return asio::async_initiate<Token, signature>(
            initiation(detail::promise_access::loop_of(source_)), token, std::move(source_));
    }

private:
    Handle source_;
};

/// Waits for a promise without ever throwing: `outcome<T> o = co_await as_outcome(std::move(p));`.
///
/// Completion signature: `void(outcome<T>)`.
template <class T, class Executor>
[[nodiscard]] auto as_outcome(promise<T, Executor>&& source)
{
    return outcome_operation<promise<T, Executor>>(std::move(source));
}

/// Promises adopt promises without an exception object.
template <class T, class Executor>
struct adoption<promise<T, Executor>> {
    using value_type = T;

    // To start waiting runs nothing of the user's.
    static constexpr bool starts_quietly = true;

    [[nodiscard]] static const void* state_of(const promise<T, Executor>& p) noexcept
    {
        BOOST_ASSERT_MSG(detail::promise_access::state(p), "settle: a moved-from promise is used");
        return detail::promise_access::state(p);
    }

    template <class Receiver>
    static void start(promise<T, Executor>&& p, detail::adoption_handler<Receiver> handler)
    {
        detail::start_adoption(p, std::move(handler));
    }
};

} // namespace settle
