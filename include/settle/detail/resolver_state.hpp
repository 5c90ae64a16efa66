// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/cancel_relay.hpp>
#include <settle/detail/completion_node.hpp>
#include <settle/detail/handler_result.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// The state of a promise that resolvers decide. Two shares keep it alive: the consumer's, and the
/// producers' together (the resolvers, or the adoptable it has been locked in to).
template <class T>
class resolver_state final : public promise_state<T>, private waiting_root {
public:
    explicit resolver_state(const std::source_location& where) noexcept
        : promise_state<T>(where, 2)
    {
    }

    /// The state between a user's adoptable and who adopts it stands for the state of the latter:
    /// to resolve it with that promise is to resolve the promise with itself (P5).
    void stand_for(const void* adopting) noexcept { stands_for_ = adopting; }

    [[nodiscard]] const void* outermost() const noexcept
    {
        return stands_for_ ? stands_for_ : static_cast<const promise_state<T>*>(this);
    }

    [[nodiscard]] bool is_or_stands_for(const void* state) const noexcept
    {
        return state &&
               (state == stands_for_ || state == static_cast<const promise_state<T>*>(this));
    }

    // Relaxed, all three: only who wins matters; settle() publishes what the winner stores.

    /// True for the one call that decides: it stores the outcome and settles, or locks in.
    [[nodiscard]] bool decide() noexcept
    {
        auto expected = decision::open;
        return decision_.compare_exchange_strong(expected, decision::made,
                                                 std::memory_order_relaxed);
    }

    /// Called by the one that decided: an adoptable will settle.
    void lock_in() noexcept { decision_.store(decision::locked_in, std::memory_order_relaxed); }

    /// True for the adoptable that settles, unless the context has died first.
    [[nodiscard]] bool decide_locked() noexcept
    {
        auto expected = decision::locked_in;
        return decision_.compare_exchange_strong(expected, decision::made,
                                                 std::memory_order_relaxed);
    }

    void add_resolver() noexcept
    {
        // Relaxed: a resolver is copied from one that exists.
        resolvers_.fetch_add(1, std::memory_order_relaxed);
    }

    void drop_resolver(bool loop_alive) noexcept
    {
        // Acquire and release: what any resolver did comes before the last one's end.
        if (resolvers_.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        if (decide()) {
            empty_slot();
            this->break_promise(loop_alive);
        }
        this->release();
    }

    // Requests to cancel.

    void cancel(cancel_walk& walk) override
    {
        auto word = relay_.load(std::memory_order_acquire); // as in slot_on()
        while (!relay_of(word)) {
            if (relay_.compare_exchange_weak(
                    word, word | (static_cast<std::uintptr_t>(walk.type()) << type_shift) | 1,
                    std::memory_order_acquire, std::memory_order_acquire))
                return;
        }
        walk.go_on_to(*relay_of(word));
    }

    /// The slot of the resolvers.
    template <class Executor>
    [[nodiscard]] asio::cancellation_slot slot_on(const loop<Executor>& home)
    {
        // Acquire and release: whoever finds the relay sees it whole.
        auto word = relay_.load(std::memory_order_acquire);
        if (auto* relay = relay_of(word))
            return relay->slot();
        auto* const fresh = new resolver_relay<Executor>(home);
        while (!relay_.compare_exchange_weak(word, reinterpret_cast<std::uintptr_t>(fresh),
                                             std::memory_order_acq_rel,
                                             std::memory_order_acquire)) {
            if (auto* relay = relay_of(word)) {
                fresh->release();
                return relay->slot();
            }
        }
        return fresh->slot();
    }

    /// From now on requests go to this one, of the adoptable the promise is locked in to. Returns
    /// the types asked for while there was nobody to ask.
    [[nodiscard]] asio::cancellation_type relay_to(cancel_relay& fresh) noexcept
    {
        fresh.add_share();
        const auto word =
            relay_.exchange(reinterpret_cast<std::uintptr_t>(&fresh), std::memory_order_acq_rel);
        if (auto* relay = relay_of(word)) {
            fresh.replace(*relay);
            return asio::cancellation_type::none;
        }
        return static_cast<asio::cancellation_type>(word >> type_shift);
    }

    template <class... Args>
    void fulfil(Args&&... args) noexcept
    {
        if constexpr (std::is_void_v<T>)
            this->result().store_value(); // an adopted value is ignored
        else
            this->result().store_value(std::forward<Args>(args)...);
        empty_slot();
        this->settle();
    }

    void reject(reason why) noexcept
    {
        this->result().store_reason(std::move(why));
        empty_slot();
        this->settle();
    }

private:
    void waiting_begins(const context_ref& context) noexcept override
    {
        if (context.record)
            this->list_in(context);
    }

    void waiting_ends() noexcept override { this->unlist(); }

    void hold() noexcept override { this->add_share(); }

    void context_died() noexcept override
    {
        empty_slot();
        // Also where an adoptable was to settle it: promises may wait for one another in a ring.
        if (decide() || decide_locked())
            this->abandon_and_drop();
        this->release();
    }

    // What is in the resolvers' slot may own one of them.
    void empty_slot() noexcept
    {
        if (auto* relay = relay_of(relay_.load(std::memory_order_acquire))) [[unlikely]]
            relay->retire();
    }

    void destroy() noexcept override { delete this; }

    ~resolver_state()
    {
        if (auto* relay = relay_of(relay_.load(std::memory_order_relaxed)))
            relay->release();
    }

    // Nothing; a relay; or, with the lowest bit set, the types of the requests that came before
    // there was one.
    static constexpr unsigned type_shift = 1;

    [[nodiscard]] static cancel_relay* relay_of(std::uintptr_t word) noexcept
    {
        return word & 1 ? nullptr : reinterpret_cast<cancel_relay*>(word);
    }

    enum class decision : std::uint8_t { open, locked_in, made };

    std::atomic<decision> decision_{decision::open};
    std::atomic<std::uint32_t> resolvers_{1};
    std::atomic<std::uintptr_t> relay_{0};
    const void* stands_for_ = nullptr; // the address of a promise_state that waits for this one
};

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
        // Only now: what is in the slot has been put there on this thread.
        const auto requested = state->relay_to(*this);
        if (requested != asio::cancellation_type::none)
            cancel_walk::begin(*this, requested);
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
    static constexpr bool needs_its_executor = false; // it posts to whoever waits
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

    // Gives up the adoptable at once, and the share of the state at the end of the scope.
    struct finisher {
        explicit finisher(resolution* self)
            : state(self->state_)
            , home(self->loop_)
            , decides(state->decide_locked())
        {
            self->end();
            self->adopted_.reset();
            self->release();
        }
        finisher(const finisher&) = delete;
        finisher& operator=(const finisher&) = delete;
        ~finisher() { state->release(); }

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
