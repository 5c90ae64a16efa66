// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/counters.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/recycled_memory.hpp>
#include <settle/detail/work_guard.hpp>
#include <settle/reason.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>

namespace settle::detail {

/// What comes before the top entry of a cleanup stack: fulfilled from the outset.
class disposal_start final : public promise_state<void>, public recycled<disposal_start> {
public:
    explicit disposal_start(const std::source_location& where) noexcept
        : promise_state<void>(where)
    {
        this->result().store_value();
        this->settle();
    }

    // It has settled: there is nothing to reach.
    void cancel(cancel_walk&) override {}

private:
    void destroy() noexcept override { delete this; }
};

/// What the reactions below have in common: they run where the stack does.
struct stack_reaction {
    static constexpr bool bound = false;
    static constexpr bool undecided_executor = false;
    static constexpr bool shields_adoptable = true;

    template <class Executor>
    void enqueue(continuation& node, const loop<Executor>& home, bool) const noexcept
    {
        home.enqueue(node);
    }
};

/// The promise that dispose() returns settles as the last entry does.
template <class Executor>
class disposed_reaction : public stack_reaction {
public:
    /// Cleanups that run elsewhere leave the stack's own loop without work meanwhile.
    disposed_reaction(const loop<Executor>& home, bool runs_elsewhere)
    {
        if (runs_elsewhere && home.alive())
            work_.emplace(home.executor());
    }

    template <class Node>
    void react(Node& node)
    {
        node.pass();
    }

    [[nodiscard]] auto keep_loop() noexcept { return std::exchange(work_, std::nullopt); }

    static constexpr bool adopts = false;

private:
    std::optional<work_guard<Executor>> work_;
};

/// The body of with_cleanup() and its stack, which stay where they are until the stack has been
/// disposed.
template <class Stack, class Body>
struct cleanup_scope {
    template <class ExecutorOrContext, class Function>
    cleanup_scope(const ExecutorOrContext& executor, Function&& f)
        : body(std::forward<Function>(f))
        , stack(executor)
    {
    }

    Body body;
    Stack stack; // goes first: its entries may refer to the body's captures
};

/// What finally() would do with a cleanup that disposes the stack, which is no cleanup of the
/// user's: it is neither counted nor reported itself.
template <class Scope>
class disposing_reaction : public stack_reaction {
public:
    explicit disposing_reaction(std::unique_ptr<Scope> scope) noexcept
        : scope_(std::move(scope))
    {
    }

    template <class Node>
    void react(Node& node)
    {
        using disposal = decltype(scope_->stack.dispose());
        std::optional<disposal> disposed;
        try {
            disposed.emplace(scope_->stack.dispose(node.where()));
        } catch (...) {
            return replace(node, std::current_exception());
        }
        node.adopt(std::move(*disposed));
    }

    template <class Node>
    void adopted(Node& node)
    {
        node.pass();
    }

    template <class Node>
    void adoption_failed(Node& node, reason why)
    {
        replace(node, std::move(why));
    }

    template <class Node>
    void adopted_nothing(Node& node)
    {
        node.pass();
    }

    [[nodiscard]] boost::asio::cancellation_slot slot(boost::asio::cancellation_signal&) noexcept
    {
        return shield_.slot();
    }

    [[nodiscard]] static char keep_loop() noexcept { return 0; }

    static constexpr bool adopts = true;

private:
    template <class Node>
    void replace(Node& node, reason why)
    {
        if (!node.source().fulfilled())
            why.suppress(node.source().take_why());
        node.reject(std::move(why));
    }

    std::unique_ptr<Scope> scope_;
    boost::asio::cancellation_signal shield_; // that nobody else can reach (X2)
};

} // namespace settle::detail
