// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cancel_target.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/reason.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cstddef>
#include <source_location>
#include <utility>

namespace settle::detail {

/// What becomes of those that have not settled once the result is known.
enum class losers : bool { run_on, are_cancelled };

/// The state of the promise that a combinator returns, with what waits for its inputs in one block.
/// `Rule` says which settled input decides the result, and what the result is.
///
/// Two shares keep it alive: the consumer's, and one of all inputs together. The inputs are queued
/// on one executor, where they may run at the same time; whoever decides, which is one, stores the
/// outcome and settles. The last input to end lets go of all and gives up their share.
template <class Rule, class Given, class Executor>
class combination final : public promise_state<typename Rule::template result<Given>> {
    using state = promise_state<typename Rule::template result<Given>>;

public:
    /// Waits for nothing until it is attached.
    template <class... Handles>
    combination(const loop<Executor>& home, const std::source_location& where, losers rest,
                Handles&... handles)
        : state(where, 2)
        , loop_(home)
        , rest_(rest)
        , inputs_(*this, handles...)
        , unfinished_(inputs_.size() + 1)
    {
    }

    [[nodiscard]] const loop<Executor>& home() const noexcept { return loop_; }

    /// Waits for them all, to begin with.
    template <class... Handles>
    void attach(Handles&... handles)
    {
        // Those attached may end while others are not attached yet.
        const at_the_end finish(*this);
        inputs_.attach(handles...);
    }

    /// The same where something else has failed already.
    template <class... Handles>
    void attach_after(reason failure, Handles&... handles)
    {
        const at_the_end finish(*this);
        static_cast<void>(decide());
        this->result().store_reason(std::move(failure));
        this->settle();
        inputs_.attach(handles...);
        // Posted: what is asked may be the user's (E1).
        if (rest_ == losers::are_cancelled && loop_.alive())
            asio::post(loop_.executor(),
                       [self = target_share<combination>(*this)] { self->cancel_rest(); });
    }

    template <class Input>
    void input_settled(Input& input)
    {
        const at_the_end finish(*this);
        if (!Rule::decides(input.fulfilled())) {
            input.keep();
            // Sequentially consistent, see combined_input: else the one that decides lets it go.
            if (decided_.load())
                input.let_go();
            return;
        }
        const bool wins = decide();
        if (wins)
            Rule::pass(this->result(), input);
        input.let_go();
        if (!wins)
            return;
        inputs_.for_each([](auto& other) {
            if (other.kept())
                other.let_go();
        });
        settle_and_pass_request();
        if (rest_ == losers::are_cancelled)
            cancel_rest();
    }

    /// The loop is no more. What waited for the result is returned, to be dropped.
    template <class Input>
    [[nodiscard]] continuation* input_dropped(Input& input) noexcept
    {
        const at_the_end finish(*this);
        input.let_go();
        return decide() ? this->abandon() : nullptr;
    }

    /// Here and now: each input takes the request to its own executor.
    void cancel(cancel_walk& walk) override
    {
        if (this->is_settled()) {
            if (!walk.began_at(*this))
                walk.begin_again();
            return;
        }
        bool reached = false;
        const auto ask = [&](auto& input) { reached |= input.ask_to_cancel(walk); };
        if constexpr (Rule::asks_the_first_only)
            inputs_.for_first(ask);
        else
            inputs_.for_each(ask);
        // All have settled, and the result is about to: what comes next gets the request.
        if (!reached)
            keep_request(static_cast<unsigned>(walk.type()));
    }

    /// For what comes next.
    void keep_request(unsigned types) noexcept
    {
        requested_.fetch_or(static_cast<unsigned char>(types), std::memory_order_relaxed);
    }

private:
    class at_the_end {
    public:
        explicit at_the_end(combination& self) noexcept
            : self_(self)
        {
        }
        at_the_end(const at_the_end&) = delete;
        at_the_end& operator=(const at_the_end&) = delete;
        ~at_the_end() { self_.count_down(); }

    private:
        combination& self_;
    };

    // Sequentially consistent, see combined_input. True for the one that stores the outcome.
    [[nodiscard]] bool decide() noexcept { return !decided_.exchange(true); }

    void count_down() noexcept
    {
        // Acquire and release: the last sees what all the others have left.
        if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        const bool open = decide();
        if (open)
            Rule::conclude(this->result(), inputs_);
        inputs_.for_each([](auto& input) { input.let_go(); });
        if (open)
            settle_and_pass_request();
        this->release();
    }

    void settle_and_pass_request() noexcept
    {
        // Relaxed: a request that comes at the same time may be too late.
        this->settle_and_hand_on(requested_.load(std::memory_order_relaxed));
    }

    void cancel_rest()
    {
        cancel_walk walk(asio::cancellation_type::terminal);
        inputs_.for_each([&](auto& input) { input.ask_to_cancel(walk); });
        walk.run();
    }

    void destroy() noexcept override { delete this; }

    loop<Executor> loop_;
    losers rest_;
    std::atomic<unsigned char> requested_{0};
    std::atomic<bool> decided_{false};
    typename Given::template inputs<combination> inputs_;
    std::atomic<std::size_t> unfinished_; // inputs, and the one that attaches them
};

} // namespace settle::detail
