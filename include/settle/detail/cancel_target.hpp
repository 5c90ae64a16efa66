// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/config.hpp>
#include <settle/fwd.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/thread_bias.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/assert.hpp>
#include <boost/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace settle::detail {

class cancel_walk;

/// What a request to cancel passes through on its way from a promise to what its chain waits for:
/// the states of promises, and what stands for a resolver.
///
/// Owned by shares. One that has a single owner, as most have, is released without a
/// read-modify-write; and while one thread has all that belongs to its context nothing of it needs
/// one.
class cancel_target {
public:
    cancel_target(const cancel_target&) = delete;
    cancel_target& operator=(const cancel_target&) = delete;

    void add_share() noexcept
    {
        // Relaxed: made by one who has a share.
        write([this] { shares_.store(now(shares_) + 1, std::memory_order_relaxed); },
              [this] { shares_.fetch_add(1, std::memory_order_relaxed); });
    }

    SETTLE_FORCE_INLINE void release() noexcept
    {
        // Acquire: the last owner's destruction comes after the others' last use. Only an owner
        // makes shares, so one that finds itself alone stays so.
        if (shares_.load(std::memory_order_acquire) == 1 || give_up_share())
            destroy();
    }

    /// Of a new one: threads use it one at a time as long as the bias says so. Null, as in the
    /// beginning: they may meet.
    void stay_with(thread_bias* bias) noexcept { bias_ = bias; }
    [[nodiscard]] thread_bias* bias() const noexcept { return bias_; }

    /// Called before what belongs elsewhere may use it, on the one thread that has used it till
    /// then, where its context has no locks.
    void leave_the_thread() noexcept
    {
        if (bias_ == &thread_bias::of_one_thread)
            bias_ = nullptr;
    }

    /// Takes the request one step further: to the next target, or to an executor that does.
    virtual void cancel(cancel_walk& walk) = 0;

    /// The same on that executor, for those that have one: see cancel_on().
    virtual void cancel_here(cancel_walk&) { BOOST_ASSERT(false); }

protected:
    explicit cancel_target(std::uint32_t shares) noexcept
        : shares_(shares)
    {
    }

    ~cancel_target() = default;

    /// Changes a word of the state: by a load and a store where no other thread can come between
    /// them, else by one step. Each is a few instructions that call nothing.
    template <class InTwoSteps, class InOne>
    SETTLE_FORCE_INLINE std::invoke_result_t<InOne&> write(InTwoSteps in_two_steps,
                                                           InOne in_one) noexcept
    {
        if (!bias_)
            return in_one();
        if (bias_ == &thread_bias::of_one_thread)
            return in_two_steps();
        if (!bias_->enter())
            return in_one();
        struct inside {
            thread_bias& bias;
            ~inside() { bias.leave(); }
        } const entered{*bias_};
        return in_two_steps();
    }

    template <class Value>
    [[nodiscard]] static Value now(const std::atomic<Value>& word) noexcept
    {
        return word.load(std::memory_order_relaxed);
    }

private:
    virtual void destroy() noexcept = 0;

    // True when it was the last one. Acquire and release: as in release().
    BOOST_NOINLINE bool give_up_share() noexcept
    {
        return write(
            [this] {
                shares_.store(now(shares_) - 1, std::memory_order_release);
                return false;
            },
            [this] { return shares_.fetch_sub(1, std::memory_order_acq_rel) == 1; });
    }

    thread_bias* bias_ = nullptr;
    std::atomic<std::uint32_t> shares_;

protected:
    /// Set by who derives from promise_state, on its construction; see there.
    bool is_root_ = false;
};

/// A share of a target, for as long as a request is under way.
template <class Target>
class target_share {
public:
    target_share() = default;

    explicit target_share(Target& target) noexcept
        : target_(&target)
    {
        target.add_share();
    }

    target_share(const target_share& other) noexcept
        : target_(other.target_)
    {
        if (target_)
            target_->add_share();
    }

    target_share(target_share&& other) noexcept
        : target_(std::exchange(other.target_, nullptr))
    {
    }

    target_share& operator=(target_share other) noexcept
    {
        std::swap(target_, other.target_);
        return *this;
    }

    ~target_share()
    {
        if (target_)
            target_->release();
    }

    [[nodiscard]] explicit operator bool() const noexcept { return target_ != nullptr; }
    [[nodiscard]] Target& operator*() const noexcept { return *target_; }
    [[nodiscard]] Target* operator->() const noexcept { return target_; }

private:
    Target* target_ = nullptr;
};

/// A request to cancel, on its way along a chain: from the promise it was made on, target by
/// target, to what the chain waits for. It goes on by a loop, however long the chain, and changes
/// to another thread where a link belongs to another executor.
///
/// Where a promise waits for several, the walk branches: it takes one way after the other.
class cancel_walk {
public:
    /// Goes where it branches to.
    explicit cancel_walk(asio::cancellation_type type) noexcept
        : type_(type)
    {
    }

    cancel_walk(target_share<cancel_target> from, asio::cancellation_type type) noexcept
        : from_(std::move(from))
        , type_(type)
    {
    }

    static void begin(cancel_target& from, asio::cancellation_type type)
    {
        cancel_walk walk(target_share<cancel_target>(from), type);
        walk.go_on_to(from);
        walk.run();
    }

    [[nodiscard]] asio::cancellation_type type() const noexcept { return type_; }
    [[nodiscard]] bool began_at(const cancel_target& target) const noexcept
    {
        return &*from_ == &target;
    }
    [[nodiscard]] const target_share<cancel_target>& from() const noexcept { return from_; }

    void go_on_to(cancel_target& next) noexcept { next_ = target_share<cancel_target>(next); }

    /// The chain has moved on meanwhile.
    void begin_again() noexcept { next_ = from_; }

    /// Goes to this one too, after those before it, as a walk that began there.
    void branch_to(target_share<cancel_target> other) { branches_.push_back(std::move(other)); }

    BOOST_NOINLINE void run()
    {
        for (std::size_t taken = 0;; ++taken) {
            while (next_) {
                const auto current = std::exchange(next_, {});
                current->cancel(*this);
            }
            if (taken == branches_.size())
                return;
            from_ = std::move(branches_[taken]);
            next_ = from_;
        }
    }

private:
    target_share<cancel_target> from_;
    target_share<cancel_target> next_;
    std::vector<target_share<cancel_target>> branches_;
    asio::cancellation_type type_;
};

/// The request on its way to an executor.
class cancel_step {
public:
    cancel_step(cancel_target& target, const cancel_walk& walk) noexcept
        : target_(target)
        , from_(walk.from())
        , type_(walk.type())
    {
    }

    BOOST_NOINLINE void operator()()
    {
        // Within dispatch: the walk that is here already goes on, so that the stack stays flat.
        if (here && here_for == &*target_) {
            target_->cancel_here(*std::exchange(here, nullptr));
        } else {
            cancel_walk walk(std::move(from_), type_);
            target_->cancel_here(walk);
            walk.run();
        }
    }

    static void dispatch(const auto& executor, cancel_target& target, cancel_walk& walk)
    {
        const scope entered(walk, target);
        asio::dispatch(executor, cancel_step(target, walk));
    }

private:
    class scope {
    public:
        scope(cancel_walk& walk, const cancel_target& target) noexcept
            : outer_(std::exchange(here, &walk))
            , outer_for_(std::exchange(here_for, &target))
        {
        }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        ~scope()
        {
            here = outer_;
            here_for = outer_for_;
        }

    private:
        cancel_walk* outer_;
        const cancel_target* outer_for_;
    };

    static inline constinit thread_local cancel_walk* here = nullptr;
    static inline constinit thread_local const cancel_target* here_for = nullptr;

    target_share<cancel_target> target_;
    target_share<cancel_target> from_;
    asio::cancellation_type type_;
};

/// Takes the request to a target's executor, where its cancel_here(walk) is called: now, if the
/// caller is there already. Nothing is to be cancelled when the context is no more.
template <class Executor>
void cancel_on(const loop<Executor>& home, cancel_target& target, cancel_walk& walk)
{
    if (home.alive())
        cancel_step::dispatch(home.executor(), target, walk);
}

} // namespace settle::detail
