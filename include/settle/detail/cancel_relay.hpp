// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/loop.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

namespace settle::detail {

/// Where requests to cancel end that come to a promise which resolvers decide: the signal behind
/// resolver::slot(), or that of the adoptable which the promise has been locked in to.
class cancel_relay : public cancel_target {
public:
    [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    /// On the executor.
    void cancel_here(cancel_walk& walk)
    {
        if (ended_)
            return;
        emitting_ = true;
        signal_.emit(walk.type());
        emitting_ = false;
        if (ended_)
            slot().clear();
    }

    /// On the executor: what was to be cancelled is no more, and may have left its handler in the
    /// slot, which may even be running.
    void end() noexcept
    {
        ended_ = true;
        if (!emitting_)
            slot().clear();
    }

    /// The promise has settled.
    virtual void retire() noexcept
    {
        if (older_)
            older_->retire();
    }

    /// Keeps the one that is replaced, since its slot has been handed out. Takes its share.
    void replace(cancel_relay& older) noexcept { older_ = &older; }

protected:
    cancel_relay() noexcept
        : cancel_target(1)
    {
    }

    ~cancel_relay()
    {
        if (older_)
            older_->release();
    }

private:
    asio::cancellation_signal signal_;
    cancel_relay* older_ = nullptr;
    bool emitting_ = false;
    bool ended_ = false;
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
            asio::post(loop_.executor(),
                       [self = target_share<cancel_relay>(*this)] { self->end(); });
        else
            end();
    }

private:
    void destroy() noexcept override { delete this; }

    loop<Executor> loop_;
};

} // namespace settle::detail
