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
#include <settle/detail/source.hpp>
#include <settle/outcome.hpp>
#include <settle/report.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The handler of an operation that waits for a promise, called with an exception and the value.
template <class Source, class Handler>
struct exception_completion {
    static void call(Handler&& handler, source_share<Source> source)
    {
        using T = typename Source::value_type;
        const bool fulfilled = source->fulfilled();
        std::exception_ptr exception = fulfilled ? nullptr : source->why().exception();
        if constexpr (std::is_void_v<T>) {
            source.release();
            std::move(handler)(std::move(exception));
        } else {
            // A value that cannot be moved out is a failure, not the end of the handler (F10).
            returned<T> value;
            try {
                if (fulfilled)
                    value.emplace_from([&] { return T(source->value()); });
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
template <class Source, class Handler>
struct outcome_completion {
    static void call(Handler&& handler, source_share<Source> source)
    {
        auto result = to_outcome(*source);
        source.release();
        std::move(handler)(std::move(result));
    }

    static outcome<typename Source::value_type> to_outcome(Source& source)
    {
        using result = outcome<typename Source::value_type>;
        if (!source.fulfilled())
            return result(boost::system::in_place_error, source.take_why());
        if constexpr (std::is_void_v<typename Source::value_type>) {
            return {};
        } else {
            try {
                return result(boost::system::in_place_value, source.value());
            } catch (...) {
                return result(boost::system::in_place_error, std::current_exception());
            }
        }
    }

    static constexpr bool carries_displaced = true;
};

/// The same, handed to whoever adopted the promise.
template <class Source, class Handler>
struct adoption_completion {
    static void call(Handler&& handler, source_share<Source> source)
    {
        if (!source->fulfilled())
            handler.reject(source->take_why());
        else if constexpr (std::is_void_v<typename Source::value_type>)
            handler.fulfil();
        else
            handler.fulfil(source->value());
    }

    static constexpr bool carries_displaced = true;
};

/// Waits for a promise on behalf of a completion handler. One block from the handler's associated
/// allocator, freed before the handler is called.
///
/// A request to cancel that comes through the handler's slot goes to the promise.
template <class Source, class Handler, class Loop, class Completion>
class completion_node final : public continuation {
public:
    using allocator_type = std::decay_t<
        typename asio::associated_allocator<Handler, asio::recycling_allocator<void>>::type>;

    /// The promise's share passes to the node, once there is one: if making it throws, the promise
    /// is dropped like any other.
    template <class Promise, class H>
    static void attach(Promise& source, H&& handler, const Loop& home)
    {
        auto* node = create(promise_access::source(source), std::forward<H>(handler), home);
        promise_access::attach(source, *node);
    }

    template <class H>
    [[nodiscard]] static completion_node* create(Source source, H&& handler, const Loop& home)
    {
        const auto allocator = allocator_of(handler);
        return create_block<completion_node>(allocator, std::move(source), std::forward<H>(handler),
                                             home);
    }

    template <class H>
    completion_node(Source&& source, H&& handler, const Loop& home)
        : source_(std::move(source))
        , slot_(asio::get_associated_cancellation_slot(handler))
        , handler_(std::forward<H>(handler))
        , loop_(home)
    {
        if (slot_.is_connected())
            slot_.template emplace<typename Source::canceller>(source_);
    }

    void make_ready() noexcept override { loop_.enqueue(*this); }

    void inherit_cancellation(unsigned requested) noexcept override
    {
        if constexpr (requires { handler_.inherit_cancellation(requested); })
            handler_.inherit_cancellation(requested);
    }

    void run() override
    {
        block_owner memory(this, allocator_of(handler_));
        if (slot_.is_connected())
            slot_.clear();
        if constexpr (!Completion::carries_displaced) {
            if (!source_.fulfilled())
                source_.report_displaced(source_.where(), loop_.report_context());
        }
        source_share<Source> source(std::move(source_));
        Handler handler(std::move(handler_));
        memory.reset();
        Completion::call(std::move(handler), std::move(source));
    }

    // The slot may be gone already.
    [[nodiscard]] continuation* drop() noexcept override
    {
        block_owner memory(this, allocator_of(handler_));
        source_.release();
        // Freed before the handler goes, which may own what the memory is from.
        [[maybe_unused]] const Handler last(std::move(handler_));
        memory.reset();
        return nullptr;
    }

private:
    using slot_type = std::decay_t<typename asio::associated_cancellation_slot<Handler>::type>;

    static allocator_type allocator_of(const Handler& handler) noexcept
    {
        return asio::associated_allocator<Handler, asio::recycling_allocator<void>>::get(
            handler, asio::recycling_allocator<void>());
    }

    Source source_;
    [[no_unique_address]] slot_type slot_;
    Handler handler_;
    Loop loop_;
};

} // namespace settle::detail
