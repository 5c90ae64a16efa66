// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/detail/cancel_relay.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/recycled_memory.hpp>

#include <boost/config.hpp>

#include <atomic>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The state of a promise that resolvers decide. Two shares keep it alive: the consumer's, and the
/// producers' together (the resolvers, or the adoptable it has been locked in to).
template <class T>
class resolver_state final : private waiting_root,
                             public promise_state<T>,
                             public recycled<resolver_state<T>> {
public:
    explicit resolver_state(const std::source_location& where) noexcept
        : promise_state<T>(where, 2)
    {
        this->is_root_ = true;
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
    [[nodiscard]] SETTLE_FORCE_INLINE bool decide() noexcept
    {
        if (decision_.load(std::memory_order_relaxed) != decision::open)
            return false;
        return this->write(
            [this] {
                decision_.store(decision::made, std::memory_order_relaxed);
                return true;
            },
            [this] {
                auto expected = decision::open;
                return decision_.compare_exchange_strong(expected, decision::made,
                                                         std::memory_order_relaxed);
            });
    }

    /// Called by the one that decided: an adoptable will settle.
    void lock_in() noexcept
    {
        decision_.store(decision::locked_in, std::memory_order_relaxed);
        // Sequentially consistent, as in slot_on().
        const auto word = requests_.fetch_or(locked);
        if (auto* former = adopted_of(word)) [[unlikely]] {
            // What it was fulfilled with is to be adopted in turn. Kept for the requests that are
            // on their way there. Release: while it is relayed nobody else writes the word.
            former->keep(std::move(former_));
            former_ = target_share<cancel_relay>(*former);
            requests_.store(locked | (static_cast<std::uintptr_t>(former->unheard()) << type_shift),
                            std::memory_order_release);
            former->release();
        }
        if (auto* relay = slot_relay_.load()) [[unlikely]]
            relay->pass_over();
    }

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
        this->write(
            [this] { resolvers_.store(this->now(resolvers_) + 1, std::memory_order_relaxed); },
            [this] { resolvers_.fetch_add(1, std::memory_order_relaxed); });
    }

    template <class Executor>
    void drop_resolver(const loop<Executor>& home) noexcept
    {
        // Acquire and release: what any resolver did comes before the last one's end. Only a
        // resolver makes another, so one that finds itself alone stays so.
        if (resolvers_.load(std::memory_order_acquire) != 1 &&
            !this->write(
                [this] {
                    resolvers_.store(this->now(resolvers_) - 1, std::memory_order_release);
                    return false;
                },
                [this] { return resolvers_.fetch_sub(1, std::memory_order_acq_rel) == 1; }))
            return;
        if (decide()) {
            if (home.alive())
                reject(errc::broken_promise);
            else
                abandon_and_empty_slot();
        }
        this->release();
    }

    // Requests to cancel: to the resolvers' slot while they may decide; kept while there is none,
    // and for an adoptable that has yet to start; then to the adoptable.

    void cancel(cancel_walk& walk) override
    {
        // Acquire: whoever is found is seen whole. In this order, so that a slot made after the
        // promise was locked in is not asked.
        auto* asked = slot_relay_.load(std::memory_order_acquire);
        auto word = requests_.load(std::memory_order_acquire);
        for (;;) {
            if (word & closed || this->is_settled()) {
                if (!walk.began_at(*this))
                    walk.begin_again();
                return;
            }
            if (auto* adopted = adopted_of(word))
                asked = adopted;
            else if (!asked || word & locked) {
                const auto types = static_cast<std::uintptr_t>(walk.type()) & all_types;
                if (requests_.compare_exchange_weak(word, word | (types << type_shift),
                                                    std::memory_order_acquire))
                    return;
                continue;
            }
            return walk.go_on_to(*asked);
        }
    }

    /// The slot of the resolvers.
    template <class Executor>
    [[nodiscard]] asio::cancellation_slot slot_on(const loop<Executor>& home)
    {
        // Acquire and release: whoever finds the relay sees it whole.
        if (auto* relay = slot_relay_.load(std::memory_order_acquire))
            return relay->slot();
        cancel_relay* const fresh = new resolver_relay<Executor>(home);
        cancel_relay* found = nullptr;
        // Sequentially consistent, as in lock_in(): of the two at least one sees the other.
        if (!slot_relay_.compare_exchange_strong(found, fresh)) {
            fresh->release();
            return found->slot();
        }
        if (requests_.load() & locked)
            fresh->pass_over();
        return fresh->slot();
    }

    /// From now on requests go to this one, of the adoptable the promise is locked in to. Returns
    /// the types asked for while there was nobody to ask.
    [[nodiscard]] asio::cancellation_type relay_to(cancel_relay& adopted) noexcept
    {
        adopted.add_share();
        auto word = requests_.load(std::memory_order_relaxed);
        asio::cancellation_type kept;
        do {
            kept = word & closed ? asio::cancellation_type::none
                                 : static_cast<asio::cancellation_type>(word >> type_shift);
            adopted.is_to_hear(kept);
            // Release: whoever finds the relay sees it whole. Relaxed on failure: nothing is read.
        } while (!requests_.compare_exchange_weak(
            word, reinterpret_cast<std::uintptr_t>(&adopted) | relayed | (word & (locked | closed)),
            std::memory_order_release, std::memory_order_relaxed));
        return kept;
    }

    template <class... Args>
    void fulfil(Args&&... args) noexcept
    {
        if constexpr (std::is_void_v<T>)
            this->result().store_value(); // an adopted value is ignored
        else
            this->result().store_value(std::forward<Args>(args)...);
        settle_and_empty_slot();
    }

    void reject(reason why) noexcept
    {
        this->result().store_reason(std::move(why));
        settle_and_empty_slot();
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
        // Also where an adoptable was to settle it: promises may wait for one another in a ring.
        if (decide() || decide_locked())
            abandon_and_empty_slot();
        this->release();
    }

    // Settling may be the end of the state: whoever waits may drop the last resolver on another
    // thread. Only then is the slot emptied, so that a request that finds it empty finds the
    // promise settled too.
    void settle_and_empty_slot() noexcept
    {
        // Acquire: as in slot_relay().
        if (!slot_relay_.load(std::memory_order_acquire)) [[likely]]
            this->settle_and_hand_on(close_requests());
        else
            settle_and_empty(slot_relay());
    }

    BOOST_NOINLINE void settle_and_empty(target_share<cancel_relay> relay) noexcept
    {
        this->settle_and_hand_on(close_requests());
        relay->retire();
    }

    void abandon_and_empty_slot() noexcept
    {
        const auto relay = slot_relay();
        auto* const waiting = this->abandon();
        if (relay) [[unlikely]]
            relay->retire();
        if (waiting)
            drop_continuation(waiting);
    }

    [[nodiscard]] target_share<cancel_relay> slot_relay() const noexcept
    {
        auto* const relay = slot_relay_.load(std::memory_order_acquire);
        return relay ? target_share<cancel_relay>(*relay) : target_share<cancel_relay>();
    }

    // What was asked for when there was nobody to ask any more, although the promise had been
    // resolved with an adoptable. Requests that come later wait for the outcome.
    [[nodiscard]] unsigned close_requests() noexcept
    {
        // Relaxed: whoever locks it in comes before whoever settles.
        if (!(requests_.load(std::memory_order_relaxed) & locked)) [[likely]]
            return 0;
        // Acquire: sees the relay whole.
        const auto word = requests_.fetch_or(closed, std::memory_order_acquire);
        if (auto* adopted = adopted_of(word))
            return adopted->unheard();
        return static_cast<unsigned>(word >> type_shift);
    }

    void destroy() noexcept override { delete this; }

    ~resolver_state()
    {
        // Relaxed: the last share has gone.
        if (auto* relay = slot_relay_.load(std::memory_order_relaxed))
            relay->release();
        if (auto* relay = adopted_of(requests_.load(std::memory_order_relaxed)))
            relay->release();
    }

    // In requests_, beside the types of the requests that are kept, or the address of the relay.
    static constexpr std::uintptr_t locked = 1; // an adoptable decides
    static constexpr std::uintptr_t closed = 2; // about to settle
    static constexpr std::uintptr_t relayed = 4;
    static constexpr unsigned type_shift = 3;
    static constexpr std::uintptr_t all_types = 7;

    static_assert(alignof(cancel_relay) > (locked | closed | relayed));

    [[nodiscard]] static cancel_relay* adopted_of(std::uintptr_t word) noexcept
    {
        return word & relayed ? reinterpret_cast<cancel_relay*>(word & ~(locked | closed | relayed))
                              : nullptr;
    }

    enum class decision : std::uint8_t { open, locked_in, made };

    std::atomic<decision> decision_{decision::open};
    std::atomic<std::uint32_t> resolvers_{1};
    std::atomic<cancel_relay*> slot_relay_{nullptr};
    std::atomic<std::uintptr_t> requests_{0};
    target_share<cancel_relay> former_; // of whoever locks it in
    const void* stands_for_ = nullptr;  // the address of a promise_state that waits for this one
};

} // namespace settle::detail
