// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/cancel_relay.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/handler_result.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/resolver_state.hpp>
#include <settle/error.hpp>
#include <settle/fwd.hpp>
#include <settle/reason.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/mp11/list.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// A promise locked in to an adoptable. What is lazy (a coroutine, a deferred operation, a user's
/// type) is started from the queue, since nothing of the user's runs inside resolve() (E1).
template <class T, class Executor, class X>
class resolution final : public continuation, public cancel_relay {
public:
    using executor_type = Executor;
    using allocator_type = std::allocator<void>;

    static void begin(resolver_state<T>& state, const loop<Executor>& home, X&& adopted)
    {
        auto* self = new resolution(state, home, std::move(adopted));
        if constexpr (requires { adoption<X>::starts_quietly; })
            self->run();
        else
            self->make_ready();
    }

    void cancel(cancel_walk& walk) override { cancel_on(loop_, *this, walk); }

    void make_ready() noexcept override { loop_.enqueue(*this); }

    void run() override
    {
        if (!adopted_) // its operation was dropped
            return adoption_rejected(errc::broken_promise);
        std::optional<X> adopted;
        try {
            adopted.emplace(std::move(*adopted_));
            adopted_.reset();
        } catch (...) {
            return adoption_rejected(std::current_exception());
        }
        // It may have ended when the start returns.
        const target_share<resolution> alive(*this);
        const target_share<resolver_state<T>> state(*state_);
        start_adoptable<X>(std::move(*adopted), *this);
        // What it was fulfilled with may be adopted in turn by now.
        if (has_ended())
            return;
        // Only now: what is in the slot has been put there on this thread.
        const auto requested = state->relay_to(*this);
        if (requested != asio::cancellation_type::none)
            cancel_walk::begin(*state, requested);
    }

    [[nodiscard]] continuation* drop() noexcept override
    {
        const finisher finish(this);
        return finish.decides ? finish.state->abandon() : nullptr;
    }

    [[nodiscard]] const loop<Executor>& home() const noexcept { return loop_; }
    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    [[nodiscard]] asio::cancellation_slot adoption_slot() noexcept { return slot(); }
    [[nodiscard]] const void* adopts_for() const noexcept { return state_->outermost(); }
    adoption_record adopting;

    template <class... Values>
    void adoption_fulfilled(Values&&... values)
    {
        using only = boost::mp11::mp_first<type_list<std::remove_cvref_t<Values>..., void>>;
        if constexpr (sizeof...(Values) == 1 && (adoptable<only> || is_outcome<only>)) {
            const finisher finish(this);
            if (finish.decides)
                settle_state(*finish.state, finish.home, std::forward<Values>(values)...);
        } else {
            const finisher finish(this);
            if (finish.decides)
                finish.state->fulfil(std::forward<Values>(values)...);
        }
    }

    void adoption_rejected(reason why)
    {
        const finisher finish(this);
        if (finish.decides)
            finish.state->reject(std::move(why));
    }

    // From the queue: if the context is being destroyed this is dropped there, unreported (B5).
    void adoption_dropped() noexcept { make_ready(); }

    void adoption_declined() { adoption_rejected(std::make_exception_ptr(std::bad_cast())); }

private:
    resolution(resolver_state<T>& state, const loop<Executor>& home, X&& adopted)
        : state_(&state)
        , loop_(home)
        , adopted_(std::move(adopted))
    {
        state.add_share();
    }

    void destroy() noexcept override { delete this; }

    // Gives up the adoptable at once, and the shares at the end of the scope.
    struct finisher {
        explicit finisher(resolution* self)
            : self_(self)
            , state(self->state_)
            , home(self->loop_)
            , decides(state->decide_locked())
        {
            self_->end();
            self_->adopted_.reset();
        }
        finisher(const finisher&) = delete;
        finisher& operator=(const finisher&) = delete;
        ~finisher()
        {
            self_->settled();
            self_->release();
            state->release();
        }

        resolution* self_;
        resolver_state<T>* state;
        loop<Executor> home;
        bool decides;
    };

    resolver_state<T>* state_;
    loop<Executor> loop_;
    std::optional<X> adopted_;
};

/// What is given up as such, a copy of anything else.
template <class X>
decltype(auto) given_up(X&& x)
{
    if constexpr (std::is_lvalue_reference_v<X>)
        return std::remove_cvref_t<X>(x);
    else
        return static_cast<X&&>(x);
}

/// Settles a decided state with a value, an outcome, or what an adoptable ends with.
template <class T, class Executor, class... Args>
void settle_state(resolver_state<T>& state, const loop<Executor>& home, Args&&... args)
{
    using only = boost::mp11::mp_first<type_list<std::remove_cvref_t<Args>..., void>>;
    if constexpr (sizeof...(Args) == 1 && is_outcome<only>) {
        [&]<class Outcome>(Outcome&& result) {
            if (!result)
                state.reject(std::forward<Outcome>(result).error());
            else if constexpr (std::is_void_v<typename only::value_type>)
                state.fulfil();
            else
                settle_state(state, home, *std::forward<Outcome>(result));
        }(std::forward<Args>(args)...);
    } else if constexpr (sizeof...(Args) == 1 && adoptable<only>) {
        static_assert((std::is_constructible_v<only, Args> && ...),
                      "settle: a promise or operation to resolve with must be moved: "
                      "resolve(std::move(operation))");
        [&](only&& adopted) {
            if constexpr (requires { adoption<only>::state_of(adopted); }) {
                if (state.is_or_stands_for(adoption<only>::state_of(adopted)))
                    return state.reject(errc::self_resolution);
            }
            state.lock_in();
            try {
                resolution<T, Executor, only>::begin(state, home, std::move(adopted));
            } catch (...) {
                if (state.decide_locked())
                    state.reject(std::current_exception());
            }
        }(given_up(std::forward<Args>(args))...);
    } else {
        static_assert(
            std::is_constructible_v<stored_t<T>, Args...>,
            "settle: the value given to resolve() does not convert to the promise's type");
        state.fulfil(std::forward<Args>(args)...);
    }
}

} // namespace settle::detail
