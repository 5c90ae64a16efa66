// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>
#include <settle/detail/loop.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace settle::detail {

class cancel_walk;

/// What a request to cancel passes through on its way from a promise to what its chain waits for:
/// the states of promises, and what stands for a resolver.
///
/// Owned by shares. One that has a single owner, as most have, is released without a
/// read-modify-write; and nothing of it needs one as long as all who use it are on one thread, the
/// one that runs a context without locks.
class cancel_target {
public:
    cancel_target(const cancel_target&) = delete;
    cancel_target& operator=(const cancel_target&) = delete;

    void add_share() noexcept
    {
        // Relaxed: made by one who has a share.
        if (on_one_thread_)
            shares_.store(shares_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        else
            shares_.fetch_add(1, std::memory_order_relaxed);
    }

    void release() noexcept
    {
        // Acquire: the last owner's destruction comes after the others' last use. Only an owner
        // makes shares, so one that finds itself alone stays so. Release: for the others.
        const auto shares = shares_.load(std::memory_order_acquire);
        if (shares == 1)
            destroy();
        else if (on_one_thread_)
            shares_.store(shares - 1, std::memory_order_relaxed);
        else if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            destroy();
    }

    /// Of a new one: no other thread will use it, until it is told so.
    void stay_on_one_thread() noexcept { on_one_thread_ = true; }

    /// Called on that thread, before another may use it. Of any other it is only read.
    void leave_the_thread() noexcept
    {
        if (on_one_thread_)
            on_one_thread_ = false;
    }

    [[nodiscard]] bool is_on_one_thread() const noexcept { return on_one_thread_; }

    /// Takes the request one step further: to the next target, or to an executor that does.
    virtual void cancel(cancel_walk& walk) = 0;

protected:
    explicit cancel_target(std::uint32_t shares) noexcept
        : shares_(shares)
    {
    }

    ~cancel_target() = default;

private:
    virtual void destroy() noexcept = 0;

    std::atomic<std::uint32_t> shares_;
    bool on_one_thread_ = false;
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

    void run()
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
template <class Target>
class cancel_step {
public:
    cancel_step(Target& target, const cancel_walk& walk) noexcept
        : target_(target)
        , from_(walk.from())
        , type_(walk.type())
    {
    }

    void operator()()
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

    static void dispatch(const auto& executor, Target& target, cancel_walk& walk)
    {
        struct scope {
            scope(cancel_walk& walk, const cancel_target& target) noexcept
                : outer(std::exchange(here, &walk))
                , outer_for(std::exchange(here_for, &target))
            {
            }
            scope(const scope&) = delete;
            scope& operator=(const scope&) = delete;
            ~scope()
            {
                here = outer;
                here_for = outer_for;
            }
            cancel_walk* outer;
            const cancel_target* outer_for;
        };
        const scope entered(walk, target);
        asio::dispatch(executor, cancel_step(target, walk));
    }

private:
    static inline constinit thread_local cancel_walk* here = nullptr;
    static inline constinit thread_local const cancel_target* here_for = nullptr;

    target_share<Target> target_;
    target_share<cancel_target> from_;
    asio::cancellation_type type_;
};

/// Takes the request to a target's executor, where its cancel_here(walk) is called: now, if the
/// caller is there already. Nothing is to be cancelled when the context is no more.
template <class Executor, class Target>
void cancel_on(const loop<Executor>& home, Target& target, cancel_walk& walk)
{
    if (home.alive())
        cancel_step<Target>::dispatch(home.executor(), target, walk);
}

} // namespace settle::detail
