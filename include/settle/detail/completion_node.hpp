// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/block.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/returned.hpp>
#include <settle/outcome.hpp>
#include <settle/report.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The handler of an operation that waits for a promise, called with an exception and the value.
template <class T, class Handler>
struct exception_completion {
    static void call(Handler&& handler, state_share<T> source)
    {
        auto& result = source.get().result();
        std::exception_ptr exception = result.fulfilled() ? nullptr : result.why().exception();
        if constexpr (std::is_void_v<T>) {
            source.release();
            std::move(handler)(std::move(exception));
        } else {
            // A value that cannot be moved out is a failure, not the end of the handler (F10).
            returned<T> value;
            try {
                if (result.fulfilled())
                    value.emplace_from([&] { return T(std::move(result.value())); });
            } catch (...) {
                exception = std::current_exception();
            }
            if (!value)
                value.emplace_from([] { return T(); });
            source.release();
            std::move(handler)(std::move(exception), std::move(*value));
        }
    }

    static constexpr bool carries_displaced = false;
};

/// The same, called with an outcome.
template <class T, class Handler>
struct outcome_completion {
    static void call(Handler&& handler, state_share<T> source)
    {
        auto result = to_outcome(source.get().result());
        source.release();
        std::move(handler)(std::move(result));
    }

    static outcome<T> to_outcome(settlement<T>& result)
    {
        if (!result.fulfilled())
            return outcome<T>(boost::system::in_place_error, std::move(result.why()));
        if constexpr (std::is_void_v<T>) {
            return {};
        } else {
            try {
                return outcome<T>(boost::system::in_place_value, std::move(result.value()));
            } catch (...) {
                return outcome<T>(boost::system::in_place_error, std::current_exception());
            }
        }
    }

    static constexpr bool carries_displaced = true;
};

/// The same, handed to whoever adopted the promise.
template <class T, class Handler>
struct adoption_completion {
    static void call(Handler&& handler, state_share<T> source)
    {
        auto& result = source.get().result();
        if (!result.fulfilled())
            handler.reject(std::move(result.why()));
        else if constexpr (std::is_void_v<T>)
            handler.fulfil();
        else
            handler.fulfil(std::move(result.value()));
    }

    static constexpr bool carries_displaced = true;
};

/// Waits for a promise on behalf of a completion handler. One block from the handler's associated
/// allocator, freed before the handler is called.
template <class T, class Handler, class Loop, class Completion>
class completion_node final : public continuation {
public:
    using allocator_type = std::decay_t<
        typename asio::associated_allocator<Handler, asio::recycling_allocator<void>>::type>;

    /// The promise's share passes to the node, once there is one: if making it throws, the promise
    /// is dropped like any other.
    template <class Promise, class H>
    static void attach(Promise& source, H&& handler, const Loop& home)
    {
        auto* node = create(promise_access::state(source), std::forward<H>(handler), home);
        const auto context = promise_access::loop_of(source).context();
        promise_access::take(source)->attach(*node, context);
    }

    template <class H>
    [[nodiscard]] static completion_node* create(promise_state<T>* source, H&& handler,
                                                 const Loop& home)
    {
        const auto allocator = allocator_of(handler);
        return create_block<completion_node>(allocator, source, std::forward<H>(handler), home);
    }

    template <class H>
    completion_node(promise_state<T>* source, H&& handler, const Loop& home)
        : source_(source)
        , handler_(std::forward<H>(handler))
        , loop_(home)
    {
    }

    void make_ready() noexcept override { loop_.enqueue(*this); }

    void run() override
    {
        block_owner memory(this, allocator_of(handler_));
        if constexpr (!Completion::carries_displaced) {
            if (!source_->result().fulfilled())
                report_displaced(source_->result().why(), source_->where(), loop_.report_context());
        }
        state_share<T> source(source_);
        Handler handler(std::move(handler_));
        memory.reset();
        Completion::call(std::move(handler), std::move(source));
    }

    [[nodiscard]] continuation* drop() noexcept override
    {
        block_owner memory(this, allocator_of(handler_));
        source_->release();
        // Freed before the handler goes, which may own what the memory is from.
        [[maybe_unused]] const Handler last(std::move(handler_));
        memory.reset();
        return nullptr;
    }

private:
    static allocator_type allocator_of(const Handler& handler) noexcept
    {
        return asio::associated_allocator<Handler, asio::recycling_allocator<void>>::get(
            handler, asio::recycling_allocator<void>());
    }

    promise_state<T>* source_;
    Handler handler_;
    Loop loop_;
};

} // namespace settle::detail
