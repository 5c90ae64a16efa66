// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/loop.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <utility>

namespace settle::detail {

/// Where requests to cancel end that come to a promise which resolvers decide: the signal behind
/// resolver::slot(), or that of the adoptable which the promise has been locked in to.
///
/// Aligned so that a word has room for three bits beside its address.
class alignas(8) cancel_relay : public cancel_target {
public:
    [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    /// On the executor.
    void cancel_here(cancel_walk& walk) override
    {
        // Acquire: whoever is passed over has somebody else to ask.
        if (passed_over_.load(std::memory_order_acquire) || is(stage::over))
            return walk.begin_again();
        if (is(stage::ended)) {
            unheard_ |= static_cast<unsigned>(walk.type()) & all_types;
            return;
        }
        unheard_ &= ~static_cast<unsigned>(walk.type());
        const emission now(*this);
        signal_.emit(walk.type());
    }

    /// On the executor: what was to be cancelled is no more, and may have left its handler in the
    /// slot, which may even be running. The promise has not settled: see unheard().
    void end() noexcept
    {
        if (is(stage::open))
            stage_.store(stage::ended, std::memory_order_relaxed);
        if (!emitting_)
            slot().clear();
    }

    /// On the executor: the promise has settled, or has another to ask.
    void settled() noexcept { stage_.store(stage::over, std::memory_order_relaxed); }

    [[nodiscard]] bool has_ended() const noexcept { return !is(stage::open); }

    /// Before others know it: what has been asked for, and will come.
    void is_to_hear(asio::cancellation_type types) noexcept
    {
        unheard_ = static_cast<unsigned>(types) & all_types;
    }

    /// What has been asked for, and came after end().
    [[nodiscard]] unsigned unheard() const noexcept { return unheard_; }

    /// Keeps another as long as this one.
    void keep(target_share<cancel_relay> other) noexcept { kept_ = std::move(other); }

    /// The promise of the resolvers has settled, on any thread.
    virtual void retire() noexcept {}

    /// From now on the promise has another to ask.
    void pass_over() noexcept { passed_over_.store(true, std::memory_order_release); }

protected:
    cancel_relay() noexcept
        : cancel_target(1)
    {
    }

    ~cancel_relay() = default;

private:
    static constexpr unsigned all_types = 7; // of cancellation

    enum class stage : unsigned char { open, ended, over };

    // While what is in the slot runs, which may throw, it is not destroyed.
    class emission {
    public:
        explicit emission(cancel_relay& relay) noexcept
            : relay_(relay)
            , nested_(std::exchange(relay.emitting_, true))
        {
        }
        emission(const emission&) = delete;
        emission& operator=(const emission&) = delete;
        ~emission()
        {
            relay_.emitting_ = nested_;
            if (!relay_.is(stage::open) && !nested_)
                relay_.slot().clear();
        }

    private:
        cancel_relay& relay_;
        bool nested_;
    };

    [[nodiscard]] bool is(stage which) const noexcept
    {
        return stage_.load(std::memory_order_relaxed) == which;
    }

    asio::cancellation_signal signal_;
    // Relaxed: on the executor; atomic, as has_ended() is asked where that is a concurrent one.
    std::atomic<stage> stage_{stage::open};
    bool emitting_ = false;
    std::atomic<bool> passed_over_{false};
    unsigned unheard_ = 0;
    target_share<cancel_relay> kept_;
};

/// The one behind resolver::slot().
template <class Executor>
class resolver_relay final : public cancel_relay {
public:
    explicit resolver_relay(const loop<Executor>& home)
        : loop_(home)
    {
    }

    void cancel(cancel_walk& walk) override { cancel_on(loop_, *this, walk); }

    // What is in the slot may own a resolver, so it goes: on the executor while there is one.
    void retire() noexcept override
    {
        if (loop_.alive())
            asio::post(loop_.executor(), retirement(*this));
        else
            retirement (*this)();
    }

private:
    // Happens also where the queue is destroyed.
    class retirement {
    public:
        explicit retirement(resolver_relay& relay) noexcept
            : relay_(relay)
        {
        }
        retirement(retirement&&) noexcept = default;
        retirement& operator=(retirement&&) = delete;
        ~retirement() { (*this)(); }

        void operator()() noexcept
        {
            if (const auto relay = std::exchange(relay_, {})) {
                relay->settled();
                relay->end();
            }
        }

    private:
        target_share<resolver_relay> relay_;
    };

    void destroy() noexcept override { delete this; }

    loop<Executor> loop_;
};

} // namespace settle::detail
