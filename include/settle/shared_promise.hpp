// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/consume.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/shared_state.hpp>
#include <settle/fwd.hpp>
#include <settle/promise.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/assert.hpp>

#include <atomic>
#include <concepts>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

namespace detail {

template <class T>
consteval void check_copied()
{
    static_assert(
        std::is_void_v<T> || std::copy_constructible<stored_t<T>>,
        "settle: a shared promise copies its value to whoever waits for it, and this type "
        "cannot be copied; use then() with a handler that takes a const T&");
}

} // namespace detail

/// A handle on an eventual `T` that any number may wait for: the promise of JavaScript. Made by
/// `std::move(p).share()`. Copies are handles on the same outcome; consuming one leaves it as it
/// was, so the functions are called on lvalues too.
///
/// Handlers see a `const T&`; what passes a link is a copy. For a `T` that cannot be copied only
/// handlers taking a `const T&` compile, and neither `catch_` nor `finally`, whose promise ends
/// with the value.
///
/// Executor: as for a promise. The continuations of one shared promise are posted in the order in
/// which they were attached.
///
/// Cancellation: `cancel()` and the slots of completion tokens ask on behalf of one consumer. The
/// promise behind is cancelled when all have asked: each continuation, and each handle from which
/// nothing has been attached. A handle that is destroyed no longer counts, and does not cancel.
///
/// Thread safety: distinct objects, also when they are copies of each other, may be used from
/// different threads.
///
/// Lifetime: as for a promise.
///
/// Complexity: one allocation for `share()`, one for each link. A copy counts a reference.
///
/// Source: ECMA-262, 27.2 (Promise Objects); Promises/A+ 2.2.
template <class T, class Executor>
class [[nodiscard]] shared_promise {
public:
    using value_type = T;
    using executor_type = Executor;

    shared_promise(const shared_promise& other)
        : shared_promise(other.state_, other.loop_)
    {
        begin_share();
    }

    shared_promise(shared_promise&& other) noexcept
        : shared_promise(std::exchange(other.state_, nullptr), std::move(other.loop_))
    {
        counted_ = other.counted_.load(std::memory_order_relaxed);
    }

    template <class Other>
        requires(!std::same_as<Other, Executor> && std::convertible_to<const Other&, Executor>)
    shared_promise(const shared_promise<T, Other>& other)
        : shared_promise(other.state_, other.loop_)
    {
        begin_share();
    }

    template <class Other>
        requires(!std::same_as<Other, Executor> && std::convertible_to<const Other&, Executor>)
    shared_promise(shared_promise<T, Other>&& other)
        : shared_promise(nullptr, other.loop_)
    {
        state_ = std::exchange(other.state_, nullptr); // now that nothing can throw any more
        counted_ = other.counted_.load(std::memory_order_relaxed);
    }

    shared_promise& operator=(shared_promise other) noexcept
    {
        std::swap(state_, other.state_);
        std::swap(loop_, other.loop_);
        const bool counted = counted_.load(std::memory_order_relaxed);
        counted_ = other.counted_.load(std::memory_order_relaxed);
        other.counted_ = counted;
        return *this;
    }

    ~shared_promise()
    {
        if (state_) {
            speaks_for_itself_no_more();
            state_->release();
        }
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    /// As `promise::then`; the handler sees a `const T&`.
    template <class F>
    auto then(F&& f, std::source_location where = std::source_location::current()) const
    {
        return detail::react<void>(*this, std::forward<F>(f), nullptr, where);
    }

    template <class F, class G>
        requires(!std::same_as<std::remove_cvref_t<G>, std::source_location>)
    auto then(F&& f, G&& g, std::source_location where = std::source_location::current()) const
    {
        return detail::react<void>(*this, std::forward<F>(f), std::forward<G>(g), where);
    }

    /// As `promise::catch_`; a value that passes by is copied.
    template <class G>
    promise<T, Executor> catch_(G&& g,
                                std::source_location where = std::source_location::current()) const
    {
        check_copyable();
        return detail::recover<void>(*this, std::forward<G>(g), where);
    }

    template <class E, class G>
    promise<T, Executor> catch_(G&& g,
                                std::source_location where = std::source_location::current()) const
    {
        check_copyable();
        return detail::recover<E>(*this, std::forward<G>(g), where);
    }

    /// As `promise::finally`; the value is copied once, into the promise returned.
    template <class Cleanup>
    promise<T, Executor> finally(Cleanup&& cleanup,
                                 std::source_location where = std::source_location::current()) const
    {
        check_copyable();
        return detail::clean_up(*this, std::forward<Cleanup>(cleanup), where);
    }

    /// This handle does not wait, on purpose. A rejection that no handle observes is still
    /// reported.
    void detach() && { static_cast<void>(shared_promise(std::move(*this))); }

    /// As `promise::cancel`, on behalf of this handle.
    void cancel(asio::cancellation_type type = asio::cancellation_type::terminal)
    {
        BOOST_ASSERT_MSG(state_, "settle: a moved-from promise is used");
        speaks_for_itself_no_more();
        if (state_->all_asked())
            detail::cancel_walk::begin(*state_, type);
    }

    /// As a promise, a deferred operation; with a copy of the value.
    template <asio::completion_token_for<detail::exception_signature_t<T>> Token>
    auto operator()(Token&& token) const
        -> decltype(asio::async_initiate<Token, detail::exception_signature_t<T>>(
            std::declval<detail::initiation_for_t<shared_promise, detail::exception_completion>>(),
            token, std::declval<shared_promise>()))
    {
        check_copyable();
        static_assert(
            std::is_void_v<T> || std::is_default_constructible_v<T>,
            "settle: a completion token is given a default value along with an error, and "
            "this promise's type has none; write as_outcome(p)(token)");
        using initiation = detail::initiation_for_t<shared_promise, detail::exception_completion>;
        return asio::async_initiate<Token, detail::exception_signature_t<T>>(
            initiation(loop_), token, detail::promise_access::hand_over(*this));
    }

private:
    friend detail::promise_access;
    template <class, class>
    friend class shared_promise;

    shared_promise(detail::shared_state<T>* state, detail::loop<Executor> home) noexcept
        : state_(state)
        , loop_(std::move(home))
    {
    }

    static constexpr void check_copyable() { detail::check_copied<T>(); }

    void begin_share() noexcept
    {
        if (state_) {
            state_->add_share();
            state_->add_consumer();
        }
    }

    // The handle has asked to cancel, or what has been attached from it speaks for it.
    void speaks_for_itself_no_more() const noexcept
    {
        if (counted_.exchange(false, std::memory_order_relaxed))
            state_->remove_consumer();
    }

    detail::shared_state<T>* state_;
    detail::loop<Executor> loop_;
    // Counts as one that has not asked to cancel. Atomic: cancel() may race.
    mutable std::atomic<bool> counted_{true};
};

template <class T, class Executor>
shared_promise<T, Executor> promise<T, Executor>::share() &&
{
    BOOST_ASSERT_MSG(state_, "settle: a moved-from promise is used");
    auto* const shared = new detail::shared_state<T>(state_, loop_.context());
    state_->leave_the_thread();
    shared->stay_with(state_->bias());
    std::exchange(state_, nullptr)->attach(*shared, loop_.context());
    return detail::promise_access::make_shared<T>(shared, loop_);
}

/// Waits for a shared promise without ever throwing.
///
/// Completion signature: `void(outcome<T>)`.
template <class T, class Executor>
[[nodiscard]] auto as_outcome(const shared_promise<T, Executor>& source)
{
    detail::check_copied<T>();
    return outcome_operation<shared_promise<T, Executor>>(
        detail::promise_access::hand_over(source));
}

/// Shared promises are adopted as promises are; the value is copied.
template <class T, class Executor>
struct adoption<shared_promise<T, Executor>> {
    using value_type = T;

    static constexpr bool starts_quietly = true;

    [[nodiscard]] static const void* state_of(const shared_promise<T, Executor>& p) noexcept
    {
        BOOST_ASSERT_MSG(detail::promise_access::state(p), "settle: a moved-from promise is used");
        return detail::promise_access::state(p)->source();
    }

    template <class Receiver>
    static void start(shared_promise<T, Executor>&& p, detail::adoption_handler<Receiver> handler)
    {
        detail::check_copied<T>();
        detail::start_adoption(p, std::move(handler));
    }
};

} // namespace settle
