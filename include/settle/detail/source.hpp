// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/fwd.hpp>
#include <settle/detail/cancel_target.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/shared_state.hpp>
#include <settle/reason.hpp>
#include <settle/report.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

// What a continuation waits for, seen from the continuation: the state of a promise that is its
// alone, or that of a shared promise, which it looks at and copies from. Both are pointers; who
// waits owns a share from attach() until release().

/// A reason that is a code, as the exception it stands for.
[[nodiscard]] inline reason as_exception(const reason& code)
{
    reason exception(code.exception());
    // Each goes in front of those before it, so the newest first.
    const auto& displaced = code.suppressed();
    for (auto newest = displaced.rbegin(); newest != displaced.rend(); ++newest)
        exception.suppress(*newest);
    return exception;
}

/// The state of a promise<T>.
template <class T>
class sole_source {
public:
    using value_type = T;
    /// What a handler is called with.
    using argument_type = T;

    explicit sole_source(promise_state<T>* state) noexcept
        : state_(state)
    {
    }

    sole_source(sole_source&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
    {
    }

    sole_source& operator=(sole_source&&) = delete;

    /// Until it has been released.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] bool fulfilled() const noexcept { return state_->result().fulfilled(); }
    [[nodiscard]] stored_t<T>&& value() const noexcept
    {
        return std::move(state_->result().value());
    }
    [[nodiscard]] const reason& why() const noexcept { return state_->result().why(); }
    [[nodiscard]] reason&& take_why() const noexcept { return std::move(state_->result().why()); }
    [[nodiscard]] const std::source_location& where() const noexcept { return state_->where(); }

    /// A reason that is a code becomes the exception it stands for.
    [[nodiscard]] const reason& materialise()
    {
        auto& why = state_->result().why();
        if (why.holds_code())
            why = as_exception(why);
        return why;
    }

    /// Who waits gets less than the whole reason, so the hook gets the rest (F9).
    void report_displaced(const std::source_location& where, context_record* context) noexcept
    {
        detail::report_displaced(state_->result().why(), where, context);
    }

    [[nodiscard]] bool is_settled() const noexcept { return state_->is_settled(); }

    void release() noexcept
    {
        if (auto* state = std::exchange(state_, nullptr))
            state->release();
    }

    /// Asks to cancel, on behalf of who waits.
    void cancel(cancel_walk& walk) noexcept { walk.go_on_to(*state_); }

    /// The same for one that asks from several threads: where the request goes, if anywhere.
    [[nodiscard]] cancel_target* to_cancel(bool) const noexcept { return state_; }

    /// The same from elsewhere, as long as who waits does.
    class canceller {
    public:
        explicit canceller(const sole_source& source) noexcept
            : state_(*source.state_)
        {
        }

        void operator()(asio::cancellation_type type) const { cancel_walk::begin(*state_, type); }

    private:
        target_share<cancel_target> state_;
    };

private:
    promise_state<T>* state_;
};

/// The state of a shared_promise<T>.
template <class T>
class shared_source {
public:
    using value_type = T;
    using argument_type = std::conditional_t<std::is_void_v<T>, void, const stored_t<T>&>;

    explicit shared_source(shared_state<T>* state) noexcept
        : state_(state)
    {
    }

    shared_source(shared_source&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
        , exception_(std::move(other.exception_))
        , asked_(other.asked_)
    {
    }

    shared_source& operator=(shared_source&&) = delete;

    /// Until it has been released.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] bool fulfilled() const noexcept { return state_->result().fulfilled(); }
    [[nodiscard]] const stored_t<T>& value() const noexcept { return state_->result().value(); }
    [[nodiscard]] const reason& why() const noexcept
    {
        return exception_ ? *exception_ : state_->result().why();
    }
    [[nodiscard]] reason take_why() const noexcept { return why(); }
    [[nodiscard]] const std::source_location& where() const noexcept { return state_->where(); }

    [[nodiscard]] const reason& materialise()
    {
        if (!exception_ && why().holds_code())
            exception_ = std::make_unique<reason>(as_exception(why()));
        return why();
    }

    void report_displaced(const std::source_location& where, context_record* context) noexcept
    {
        if (why().has_suppressed() && state_->reports_displaced()) {
            reason copy(why());
            detail::report_displaced(copy, where, context);
        }
    }

    [[nodiscard]] bool is_settled() const noexcept { return state_->is_settled(); }

    void release() noexcept
    {
        exception_.reset();
        if (auto* state = std::exchange(state_, nullptr))
            state->release();
    }

    void cancel(cancel_walk& walk) noexcept
    {
        if (state_->asked_by_all(std::exchange(asked_, true)))
            walk.go_on_to(*state_);
    }

    [[nodiscard]] cancel_target* to_cancel(bool asked_before) const noexcept
    {
        return state_->asked_by_all(asked_before) ? state_ : nullptr;
    }

    class canceller {
    public:
        explicit canceller(const shared_source& source) noexcept
            : state_(*source.state_)
        {
        }

        void operator()(asio::cancellation_type type)
        {
            if (state_->asked_by_all(std::exchange(asked_, true)))
                cancel_walk::begin(*state_, type);
        }

    private:
        target_share<shared_state<T>> state_;
        bool asked_ = false;
    };

private:
    shared_state<T>* state_;
    std::unique_ptr<reason> exception_; // that a code stands for, where a handler wants it
    bool asked_ = false;
};

/// Gives up the share of who waited.
template <class Source>
class source_share {
public:
    explicit source_share(Source source) noexcept
        : source_(std::move(source))
    {
    }

    source_share(source_share&& other) noexcept
        : source_(std::move(other.source_))
        , owns_(std::exchange(other.owns_, false))
    {
    }

    source_share& operator=(source_share&&) = delete;

    ~source_share() { release(); }

    [[nodiscard]] Source& operator*() noexcept { return source_; }
    [[nodiscard]] Source* operator->() noexcept { return &source_; }

    void release() noexcept
    {
        if (std::exchange(owns_, false))
            source_.release();
    }

private:
    Source source_;
    bool owns_ = true;
};

} // namespace settle::detail
