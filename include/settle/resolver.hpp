// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/completion_node.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/resolution.hpp>
#include <settle/detail/resolver_state.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <concepts>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// The producer's handle on a promise. Copies are handles on the same promise; when the last one
/// goes without having decided, the promise rejects with `errc::broken_promise`.
///
/// Thread safety: `resolve` and `reject` may race from any threads, on one object or on copies:
/// one call wins and returns true. So may `slot()`. Assignment and destruction of one object are
/// not safe.
///
/// Lifetime: a resolver may outlive its execution context; deciding then posts nothing. Destroying
/// the context and deciding on another thread must be ordered.
template <class T, class Executor>
class resolver {
    static_assert(!std::is_reference_v<T>,
                  "settle: a promise of a reference; use T*, or std::reference_wrapper<T>");

public:
    using value_type = T;
    using executor_type = Executor;

    resolver(const resolver& other)
        : state_(other.state_)
        , loop_(other.loop_)
    {
        if (state_)
            state_->add_resolver();
    }

    resolver(resolver&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
        , loop_(std::move(other.loop_))
    {
    }

    template <class Other>
        requires(!std::same_as<Other, Executor> && std::convertible_to<const Other&, Executor>)
    resolver(const resolver<T, Other>& other)
        : state_(other.state_)
        , loop_(other.loop_)
    {
        if (state_)
            state_->add_resolver();
    }

    template <class Other>
        requires(!std::same_as<Other, Executor> && std::convertible_to<const Other&, Executor>)
    resolver(resolver<T, Other>&& other)
        : resolver(nullptr, other.loop_)
    {
        state_ = std::exchange(other.state_, nullptr); // now that nothing can throw any more
    }

    resolver& operator=(resolver other) noexcept
    {
        std::swap(state_, other.state_);
        std::swap(loop_, other.loop_);
        return *this;
    }

    ~resolver()
    {
        if (state_)
            state_->drop_resolver(loop_);
    }

    /// Decides the promise: with a value made from `args` (none for `void`), with an `outcome`, or
    /// with what an adoptable will end with. An adoptable locks the promise in: it is decided, and
    /// settles later. A promise resolved with itself rejects with `errc::self_resolution`, and is
    /// then left to its owner. A value whose construction throws rejects with what it threw.
    ///
    /// Returns whether this call decided the promise.
    ///
    /// Executor: continuations are posted; nothing of the user's runs inside. An adoptable that is
    /// lazy (a coroutine, a deferred operation) starts on the promise's executor.
    template <class... Args>
    bool resolve(Args&&... args) const
    {
        if (!state_ || !state_->decide())
            return false;
        detail::settle_state(*state_, loop_, std::forward<Args>(args)...);
        return true;
    }

    /// Decides the promise with a reason (an error_code, an error enumerator, an exception_ptr) or
    /// with any exception object. Returns whether this call decided it.
    template <class Why>
    bool reject(Why&& why) const
    {
        // Made before the decision, since making it may throw.
        auto because = [&]() -> reason {
            if constexpr (std::convertible_to<Why, reason>)
                return std::forward<Why>(why);
            else if constexpr (std::convertible_to<Why, error_code>)
                return error_code(std::forward<Why>(why));
            else
                return std::make_exception_ptr(std::forward<Why>(why));
        }();
        if (!state_ || !state_->decide())
            return false;
        state_->reject(std::move(because));
        return true;
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    /// Where the producer hears that the promise is to be cancelled: what is put into the slot is
    /// called with the cancellation type. One slot for all resolvers of a promise. Once the promise
    /// has been resolved with an adoptable, requests go to that instead.
    ///
    /// Executor: the promise's. It is called from inside `cancel()` where that is called on it.
    ///
    /// Lifetime: the slot may be used while one of the resolvers lives.
    ///
    /// Complexity: one allocation, the first time.
    [[nodiscard]] asio::cancellation_slot slot() const
    {
        return state_ ? state_->slot_on(loop_) : asio::cancellation_slot();
    }

private:
    friend detail::promise_access;
    template <class, class>
    friend class resolver;

    template <class Home>
    resolver(detail::resolver_state<T>* state,
             Home&& home) noexcept(std::is_nothrow_constructible_v<detail::loop<Executor>, Home>)
        : state_(state)
        , loop_(std::forward<Home>(home))
    {
    }

    detail::resolver_state<T>* state_;
    detail::loop<Executor> loop_;
};

namespace detail {

/// Adoption through a user's `adoption<X>::adopt`: a promise's state stands between.
template <class X>
struct resolver_adoption {
    using value_type = typename adoption<X>::value_type;

    template <class Receiver>
    static void start(X&& adopted, adoption_handler<Receiver> handler)
    {
        const auto where = handler.home();
        const loop<asio::any_io_executor> home(where);
        auto* state = new resolver_state<value_type>(std::source_location::current());
        state->stand_for(handler.adopts_for());
        bool taken = false;
        {
            auto decides = promise_access::make_resolver<value_type>(state, home);
            try {
                taken = adoption<X>::adopt(std::move(adopted), decides);
            } catch (...) {
                decides.reject(std::current_exception());
                taken = true;
            }
            if (!taken)
                static_cast<void>(state->decide());
        }
        if (taken) {
            using waiting = adoption_handler<Receiver>;
            using own_loop = std::remove_const_t<decltype(where)>;
            using source = sole_source<value_type>;
            using node =
                completion_node<source, waiting, own_loop, adoption_completion<source, waiting>>;
            node* next = nullptr;
            try {
                next = node::create(source(state), std::move(handler), where);
            } catch (...) {
                state->drop(home.context());
                throw;
            }
            state->attach(*next, home.context());
        } else {
            // Undecided for ever, and nobody's: the consumer's share is the last.
            state->release();
            if constexpr (std::is_void_v<value_type>)
                handler.fulfil();
            else if constexpr (std::is_convertible_v<X, value_type>)
                handler.fulfil(value_type(std::move(adopted)));
            else
                handler.decline();
        }
    }
};

} // namespace detail

} // namespace settle
