// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace bench {

namespace asio = boost::asio;

/// What can be drained: listed as long as it lasts, for a program whose loop has one thread.
class drainable {
public:
    drainable() noexcept
        : next_(first)
        , link_(&first)
    {
        if (next_)
            next_->link_ = &next_;
        first = this;
    }

    drainable(const drainable&) = delete;
    drainable& operator=(const drainable&) = delete;

    ~drainable()
    {
        *link_ = next_;
        if (next_)
            next_->link_ = link_;
    }

    /// Cancels the cleanups that run; returns how many there are.
    static std::int64_t cancel_all()
    {
        std::int64_t running = 0;
        for (auto* each = first; each; each = each->next_) {
            if (each->due_) {
                ++running;
                each->shield_.emit(asio::cancellation_type::terminal);
            }
        }
        return running;
    }

protected:
    bool due_ = false; // the operation has ended
    asio::cancellation_signal shield_;

private:
    static inline constinit drainable* first = nullptr;

    drainable* next_;
    drainable** link_;
};

/// The state of one async_post_then_clean(), in one block from the handler's associated allocator.
/// It belongs to the handler of the operation, then to that of the cleanup, then to finish().
template <class Handler, class Executor>
class post_then_clean : drainable {
    using executor_of = asio::associated_executor<Handler, Executor>;
    using allocator_of = asio::associated_allocator<Handler, asio::recycling_allocator<void>>;
    using blocks = typename std::allocator_traits<
        typename allocator_of::type>::template rebind_alloc<post_then_clean>;

    static constexpr bool has_own_executor = !requires {
        typename asio::associated_executor<Handler>::asio_associated_executor_is_unspecialised;
    };

    struct destroyer {
        // One whose cleanup could not be started is completed by who tried.
        void operator()(post_then_clean* self) const noexcept
        {
            if (self != starting)
                self->destroy();
        }
    };

public:
    using owner = std::unique_ptr<post_then_clean, destroyer>;

    [[nodiscard]] static owner create(Handler&& handler, const Executor& executor,
                                      std::int64_t& gauge)
    {
        blocks from(allocator_of::get(handler, {}));
        auto* const memory = std::allocator_traits<blocks>::allocate(from, 1);
        try {
            return owner(new (memory) post_then_clean(std::move(handler), executor, gauge));
        } catch (...) {
            std::allocator_traits<blocks>::deallocate(from, memory, 1);
            throw;
        }
    }

    /// Given to the cleanup: it ends on downstream's executor.
    struct cleanup_handler {
        using executor_type = typename executor_of::type;
        using allocator_type = typename allocator_of::type;
        using cancellation_slot_type = asio::cancellation_slot;

        owner self;

        executor_type get_executor() const noexcept { return self->get_executor(); }
        allocator_type get_allocator() const noexcept { return self->get_allocator(); }
        cancellation_slot_type get_cancellation_slot() const noexcept
        {
            return self->shield_.slot();
        }

        void operator()() { self.release()->finish(nullptr); }

        friend bool asio_handler_is_continuation(cleanup_handler*) { return true; }
    };

    [[nodiscard]] Handler& downstream() noexcept { return handler_; }

    void operation_ended()
    {
        due_ = true;
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected())
            slot.clear();
        std::exception_ptr failure;
        starting = this;
        try {
            --*gauge_;
            downstream_work_.emplace(get_executor());
            if constexpr (has_own_executor)
                operation_work_.emplace(executor_);
            asio::post(executor_, cleanup_handler{owner(this)});
        } catch (...) {
            failure = std::current_exception();
        }
        starting = nullptr;
        if (failure)
            finish(std::move(failure));
    }

private:
    post_then_clean(Handler&& handler, const Executor& executor, std::int64_t& gauge)
        : handler_(std::move(handler))
        , executor_(executor)
        , gauge_(&gauge)
    {
    }

    auto get_executor() const noexcept { return executor_of::get(handler_, executor_); }
    auto get_allocator() const noexcept { return allocator_of::get(handler_, {}); }

    void free(blocks to) noexcept
    {
        std::destroy_at(this);
        std::allocator_traits<blocks>::deallocate(to, this, 1);
    }

    // The block goes before the handler, which may own what the memory is from.
    void destroy() noexcept
    {
        blocks to(get_allocator());
        [[maybe_unused]] const Handler last(std::move(handler_));
        free(to);
    }

    void finish(std::exception_ptr failure)
    {
        owner self(this);
        blocks to(get_allocator());
        [[maybe_unused]] const auto downstream_work = std::move(downstream_work_);
        [[maybe_unused]] const auto operation_work = std::move(operation_work_);
        Handler handler(std::move(handler_));
        self.release()->free(to);
        std::move(handler)(std::move(failure));
    }

    // The one whose cleanup this thread is starting; a post never completes at once.
    static inline constinit thread_local const post_then_clean* starting = nullptr;

    Handler handler_;
    Executor executor_;
    std::int64_t* gauge_;
    std::optional<asio::executor_work_guard<typename executor_of::type>> downstream_work_;
    [[no_unique_address]] std::conditional_t<has_own_executor,
                                             std::optional<asio::executor_work_guard<Executor>>,
                                             std::monostate> operation_work_;
};

/// Given to the operation: what is associated with downstream is associated with it.
template <class Handler, class Executor>
struct operation_handler {
    typename post_then_clean<Handler, Executor>::owner self;

    void operator()() { self.release()->operation_ended(); }

    friend bool asio_handler_is_continuation(operation_handler* handler)
    {
        using asio::asio_handler_is_continuation;
        return asio_handler_is_continuation(std::addressof(handler->self->downstream()));
    }
};

/// Posts to `executor`; then, whatever became of that, lowers `gauge` and posts again; then
/// completes with what the cleanup threw. This is what settle::finally does with a cleanup of one
/// hop, as one would write it for that case alone, with the same guarantees:
///
/// - The handler's executor, allocator, slot and continuation hint are those of the operation; the
///   slot is clear once the operation has ended, and the cleanup has one that only draining emits.
/// - What runs, and which cleanups are due, is known, and these can be cancelled (cancel_all()).
/// - One block, taken when the operation starts and given back before the handler is called.
/// - The cleanup ends, and the handler runs, on the handler's executor; that and the operation's
///   have work until then.
/// - What the cleanup throws, its start included, replaces the outcome; what the handler throws is
///   not taken for it.
/// - Dropped at any point, it frees its block and then the handler, and calls neither.
template <class Executor, class Token>
auto async_post_then_clean(const Executor& executor, std::int64_t& gauge, Token&& token)
{
    return asio::async_initiate<Token, void(std::exception_ptr)>(
        [executor, &gauge]<class Handler>(Handler&& handler) {
            using state = post_then_clean<std::decay_t<Handler>, Executor>;
            asio::post(executor, operation_handler<std::decay_t<Handler>, Executor>{state::create(
                                     std::forward<Handler>(handler), executor, gauge)});
        },
        token);
}

} // namespace bench

template <template <class, class> class Associator, class Handler, class Executor,
          class DefaultCandidate>
struct boost::asio::associator<Associator, bench::operation_handler<Handler, Executor>,
                               DefaultCandidate> : Associator<Handler, DefaultCandidate> {
    static auto get(const bench::operation_handler<Handler, Executor>& h,
                    const DefaultCandidate& c = DefaultCandidate()) noexcept
    {
        return Associator<Handler, DefaultCandidate>::get(h.self->downstream(), c);
    }
};
