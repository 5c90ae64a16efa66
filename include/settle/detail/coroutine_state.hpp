// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/coroutine_memory.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/adopting_producer.hpp>
#include <settle/outcome.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <source_location>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// What a suspended coroutine waits for; lives in its frame.
class coroutine_wait {
public:
    coroutine_wait() = default;
    coroutine_wait(const coroutine_wait&) = delete;
    coroutine_wait& operator=(const coroutine_wait&) = delete;

    /// A request to cancel has come to the coroutine's executor.
    virtual void cancel_wait(cancel_walk& walk) = 0;

protected:
    ~coroutine_wait() = default;
};

/// The state of the promise that a coroutine returns, in one block with the coroutine's frame.
///
/// Owns the frame. While the coroutine is suspended it is itself owned by whatever will resume it:
/// the promise or the operation that the coroutine awaits, then the queue; while it runs, by
/// itself.
template <class T, class Executor>
class coroutine_state final : public adopting_producer<coroutine_state<T, Executor>, T, Executor> {
    using base = adopting_producer<coroutine_state, T, Executor>;

public:
    using allocator_type = std::allocator<void>;
    using memory = coroutine_memory<coroutine_state>;

    coroutine_state(const loop<Executor>& home, std::coroutine_handle<> frame)
        : base(home, std::source_location())
        , frame_(frame)
    {
    }

    using base::made_at;

    // What the coroutine's body does.

    /// co_return: an adoptable is kept until the body's local variables are gone, as those of a
    /// function are when what it returned is adopted.
    template <class Result>
    void return_as(Result&& value)
    {
        using result = std::remove_cvref_t<Result>;
        if constexpr (is_outcome<result>) {
            if (!value)
                this->result().store_reason(std::forward<Result>(value).error());
            else if constexpr (std::is_void_v<typename result::value_type>)
                store();
            else
                return_as(*std::forward<Result>(value));
        } else if constexpr (adoptable<result>) {
            static_assert(std::is_constructible_v<result, Result>,
                          "settle: a promise or operation that a coroutine returns must be moved: "
                          "co_return std::move(p)");
            returned_ = std::make_unique<returned_adoptable<result>>(std::forward<Result>(value));
        } else {
            store(std::forward<Result>(value));
        }
    }

    void return_nothing() noexcept { this->result().store_value(); }

    /// Also after co_return, where the destructor of a local variable throws.
    void fail(std::exception_ptr thrown) noexcept
    {
        returned_.reset();
        this->result().discard();
        this->result().store_reason(std::move(thrown));
    }

    /// The body has come to its end: its local variables are gone. What follows waits until the
    /// call that resumed it returns, since it may free the frame's memory, which GCC 15.2 still
    /// uses (https://gcc.gnu.org/PR121961); the caller of the coroutine has no such call, but holds
    /// the promise.
    void body_ended() noexcept
    {
        if (ended_)
            *ended_ = true;
        else
            finish();
    }

    // What co_await does.

    void begin_wait(coroutine_wait& wait) noexcept
    {
        waits_for_.store(&wait, std::memory_order_relaxed);
    }

    void end_wait() noexcept { waits_for_.store(nullptr, std::memory_order_relaxed); }

    /// Unless the body ends in it, the coroutine may be gone on return.
    void resume()
    {
        bool ended = false;
        ended_ = &ended;
        frame_.resume();
        if (ended)
            finish();
    }

    void resume_later() noexcept { this->home().enqueue(*this); }

    [[nodiscard]] asio::cancellation_slot adoption_slot() { return this->signal().slot(); }

    using base::cancel_adoptable;
    using base::keep_request;
    using base::requested;

    /// The request that came while there was nothing to pass it on to.
    void pass_on_request() { cancel_walk::begin(*this, this->take_request()); }

    /// A request to cancel has come to the executor.
    void cancel_here(cancel_walk& walk) override
    {
        if (auto* const wait = waits_for_.load(std::memory_order_relaxed))
            wait->cancel_wait(walk);
        else if (this->waits_for_adoptable())
            this->cancel_adoptable(walk.type());
        else if (this->is_settled())
            this->cancel_late(walk);
        else
            this->keep_request(walk.type()); // queued, or running
    }

    // What the producer asks for.

    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    static constexpr bool asked_anywhere = false;
    static constexpr bool shields_adoptable = false;
    [[nodiscard]] char keep_loop() const noexcept { return 0; }

    void concluding() noexcept
    {
        if (frame_)
            std::exchange(frame_, nullptr).destroy();
        returned_.reset();
    }

    void make_ready() noexcept override { this->home().enqueue(*this); }

    void run() override
    {
        // The operation has ended, and may have left its handler behind.
        this->signal().slot().clear();
        if (returned_)
            adopt_returned();
        else if (this->was_adoption_dropped())
            this->fail_dropped_adoption();
        else
            resume();
    }

    void adopted_nothing() { this->reject(std::make_exception_ptr(std::bad_cast())); }

    template <class... Values>
    void adopted(Values&&... values)
    {
        this->settle_as_adopted(std::forward<Values>(values)...);
    }

    void adoption_failed(reason why) { this->reject(std::move(why)); }

private:
    // The frame, with the arguments, goes as soon as what was returned has ended (F14).
    void finish() noexcept
    {
        if (!returned_)
            this->conclude();
        else if (returned_->starts_quietly)
            adopt_returned();
        else
            this->home().enqueue(*this); // nothing of the user's may throw out of here
    }

    /// What the coroutine has returned, to be waited for.
    struct returned_base {
        explicit returned_base(bool quiet) noexcept
            : starts_quietly(quiet)
        {
        }
        returned_base(const returned_base&) = delete;
        returned_base& operator=(const returned_base&) = delete;
        virtual ~returned_base() = default;
        virtual void adopt_by(coroutine_state& state) = 0;

        bool starts_quietly;
    };

    template <class X>
    struct returned_adoptable final : returned_base {
        template <class Returned>
        explicit returned_adoptable(Returned&& returned)
            : returned_base(requires { adoption<X>::starts_quietly; })
            , value(std::forward<Returned>(returned))
        {
        }

        void adopt_by(coroutine_state& state) override { state.settle_as(std::move(value)); }

        X value;
    };

    template <class... Args>
    void store(Args&&... args) noexcept
    {
        static_assert(std::is_void_v<T> || std::is_constructible_v<stored_t<T>, Args...>,
                      "settle: what the coroutine returns does not convert to its promise's type");
        if constexpr (std::is_void_v<T>)
            this->result().store_value(); // a value is ignored
        else
            this->result().store_value(std::forward<Args>(args)...);
    }

    void adopt_returned()
    {
        const auto returned = std::move(returned_);
        returned->adopt_by(*this);
    }

    void destroy() noexcept override { memory::destroy_state(this); }

    std::coroutine_handle<> frame_;
    bool* ended_ = nullptr; // of the call that resumed it last
    std::unique_ptr<returned_base> returned_;
    // Relaxed: on the executor, but for an operation that completes on another one.
    std::atomic<coroutine_wait*> waits_for_{nullptr};
};

} // namespace settle::detail
