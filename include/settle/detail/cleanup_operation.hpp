// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/block.hpp>
#include <settle/detail/bound_slot.hpp>
#include <settle/detail/cleanup_handler.hpp>
#include <settle/detail/counters.hpp>
#include <settle/detail/draining.hpp>
#include <settle/detail/expecting_scope.hpp>
#include <settle/detail/fallback.hpp>
#include <settle/detail/kept_result.hpp>
#include <settle/detail/own_executor.hpp>
#include <settle/detail/returned.hpp>
#include <settle/detail/work_guard.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/config.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace settle::detail {

/// What has been moved out of its place. Out of line: GCC 12 would follow the move into optional
/// members and take them for uninitialised.
template <class T>
class moved_out {
public:
    BOOST_NOINLINE explicit moved_out(T& from) noexcept
        : value_(std::move(from))
    {
    }

private:
    T value_;
};

/// One operation with an asynchronous cleanup: downstream's handler, the cleanup, and the
/// operation's result while the cleanup runs. One block, from the handler's associated allocator,
/// allocated when the cleanup is attached (F11) and freed before downstream is called (E6).
///
/// Owned by exactly one at a time: by the operation's handler (operation_handler) until the
/// operation has ended, then by the cleanup's (adoption_handler), then by finish(), which frees it.
/// So no field needs an atomic: each hand-over is the executor's.
template <class Handler, class Cleanup, class Origin, slot_wish Wish, class... Signatures>
class cleanup_operation final : private drainable {
    using operation_executor = typename Origin::executor_type;
    using bound_slot_type = kept_slot<typename Origin::slot_type>;
    static_assert(!std::is_same_v<operation_executor, no_executor> ||
                      has_associated_executor<Handler>,
                  "settle: an asynchronous cleanup needs an executor and none is to be found; "
                  "write bind_executor(executor, token)");

    static auto choose_executor(const Handler& handler, const operation_executor& fallback)
    {
        if constexpr (std::is_same_v<operation_executor, no_executor>)
            return asio::get_associated_executor(handler);
        else if constexpr (has_associated_executor<Handler>)
            return asio::associated_executor<Handler, operation_executor>::get(handler, fallback);
        else
            return fallback;
    }

public:
    using executor_type = std::decay_t<decltype(choose_executor(
        std::declval<const Handler&>(), std::declval<const operation_executor&>()))>;
    using allocator_type = std::decay_t<
        typename asio::associated_allocator<Handler, asio::recycling_allocator<void>>::type>;

    template <class H, class C>
    static cleanup_operation* create(H&& handler, C&& cleanup, const operation_executor& executor,
                                     const bound_slot_type& slot, const std::source_location& where)
    {
        auto* const self =
            create_block<cleanup_operation>(allocator_of(handler), std::forward<H>(handler),
                                            std::forward<C>(cleanup), executor, slot, where);
        // From here on it ends in just one of operation_dropped(), adoption_dropped(), finish() and
        // finish_with(), each of which counts it out.
        if (!is_empty_callable(self->cleanup_.get())) {
            try {
                list_for_draining(*self, self->get_executor());
            } catch (...) {
                self->destroy();
                throw;
            }
            count(counter::cleanups_attached);
        }
        return self;
    }

    template <class H, class C>
    cleanup_operation(H&& handler, C&& cleanup, const operation_executor& executor,
                      const bound_slot_type& slot, const std::source_location& where)
        : handler_(std::forward<H>(handler))
        , cleanup_(std::in_place, std::forward<C>(cleanup))
        , operation_executor_(executor)
        , operation_context_(context_of_operation(executor))
        , slot_(slot)
        , where_(where)
    {
    }

    [[nodiscard]] const Handler& downstream() const noexcept { return handler_; }
    [[nodiscard]] Handler& downstream() noexcept { return handler_; }

    /// The operation was destroyed uncompleted: its cleanup will not run.
    void operation_dropped() noexcept
    {
        if (!is_empty_callable(cleanup_.get())) {
            count(counter::cleanups_dropped);
            if constexpr (has_fallback<Cleanup>)
                operation_scope<Cleanup>::notify_dropped(where_, this,
                                                         *find_fallback(cleanup_.get()));
            else
                expecting_scope::notify_dropped(where_, this,
                                                address_of_context_of(get_executor()));
        }
        destroy();
    }

    /// The operation has ended: keeps its result and starts the cleanup.
    template <class Signature, class... Args>
    void operation_ended(Args&&... args)
    {
        drainable::operation_ended();
        slot_.clear();
        clear_cancellation_slot(handler_);
        // A result that cannot be stored does not keep the cleanup from running (F10).
        try {
            result_.template emplace<kept_result<Signature>>(std::in_place,
                                                             std::forward<Args>(args)...);
        } catch (...) {
            storing_failed_ = std::current_exception();
        }
        start_cleanup();
    }

    // The receiver that the cleanup reports its end to.

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        return choose_executor(handler_, operation_executor_);
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_of(handler_); }
    // Nobody else can reach this signal: the cleanup is shielded (X2). Draining emits it.
    [[nodiscard]] asio::cancellation_slot adoption_slot() noexcept { return shield_.slot(); }
    static constexpr bool ignores_values = true;
    adoption_record adopting;

    template <class... Ignored>
    void adoption_fulfilled(Ignored&&...)
    {
        finish();
    }

    void adoption_rejected(reason why) { finish_with(std::move(why)); }

    void adoption_declined() { finish(); }

    // The cleanup was destroyed before it came to its end.
    void adoption_dropped() noexcept
    {
        count(counter::cleanups_dropped);
        report_abandoned_cleanup(where_, report_context());
        destroy();
    }

private:
    void ask(std::shared_ptr<drain_request> request) override
    {
        take_request_to(get_executor(), std::move(request));
    }

    bool cancel_cleanup() override { return cancel_by(shield_); }

    // A handler without an executor of its own runs on the operation's, and one guard serves both.
    static constexpr bool two_executors =
        has_associated_executor<Handler> && !std::is_same_v<operation_executor, no_executor>;

    static auto context_of_operation(const operation_executor& executor)
    {
        if constexpr (two_executors)
            return context_ref_of(executor);
        else
            return nothing();
    }

    static allocator_type allocator_of(const Handler& handler) noexcept
    {
        return asio::associated_allocator<Handler, asio::recycling_allocator<void>>::get(
            handler, asio::recycling_allocator<void>());
    }

    [[nodiscard]] context_record* report_context() const noexcept
    {
        return report_context_of(get_executor());
    }

    /// The block is freed before the handler goes, which may own what the memory is from.
    void destroy() noexcept
    {
        leave();
        block_owner self(this, get_allocator());
        // One whose move may throw goes with its block.
        if constexpr (std::is_nothrow_move_constructible_v<Handler>) {
            [[maybe_unused]] const moved_out<Handler> last(handler_);
            self.reset();
        }
    }

    struct place_of_reports {
        const cleanup_operation& self;

        [[nodiscard]] const std::source_location& where() const noexcept { return self.where_; }
        [[nodiscard]] context_record* context() const noexcept { return self.report_context(); }
    };

    void start_cleanup()
    {
        if (is_empty_callable(cleanup_.get()))
            return pass();
        using result = typename cleanup_traits<Cleanup>::result;
        returned<result> adopted;
        if (auto thrown = call_cleanup(adopted); !adopted)
            return finish_with(std::move(thrown));
        // Only now, since an executor may allocate for it (F11).
        if (auto thrown = guard_loops())
            return finish_with(std::move(thrown));
        // From a local: what it starts may end at once, and this object with it.
        start_adoptable<result>(std::move(*adopted), *this);
    }

    template <class Result>
    std::exception_ptr call_cleanup(returned<Result>& result) noexcept
    {
        try {
            result.emplace_from([this]() -> decltype(auto) {
                return detail::call_cleanup(cleanup_.get(), place_of_reports{*this});
            });
            return nullptr;
        } catch (...) {
            return std::current_exception();
        }
    }

    std::exception_ptr guard_loops() noexcept
    {
        try {
            // The operation's context may have gone by now.
            if constexpr (two_executors) {
                if (operation_context_.alive())
                    operation_work_.emplace(operation_executor_);
            }
            downstream_work_.emplace(get_executor());
            return nullptr;
        } catch (...) {
            return std::current_exception();
        }
    }

    /// The end of a cleanup that went well.
    void finish()
    {
        count(counter::cleanups_run);
        cleanup_ended();
        pass();
    }

    /// The end, with the operation's own outcome.
    void pass()
    {
        hand_over([]<class Signature>(Handler&& handler, kept_result<Signature>&& result) {
            using change = downstream_signature<Signature, is_infallible<Cleanup>, Wish>;
            std::apply(
                [&]<class... Args>(Args&&... args) {
                    complete_untouched<change>(std::move(handler), std::forward<Args>(args)...);
                },
                std::move(result.arguments));
        });
    }

    /// The end of one that failed. Apart from the other, which so pays nothing for it.
    void finish_with(reason why)
    {
        if constexpr (is_infallible<Cleanup>) {
            // Not the cleanup's failure: memory that ran out for what was to wait for it.
            count_failed_cleanup();
            emit(report_kind::cleanup_failed, why, where_, report_context());
            finish();
        } else {
            replace_with(std::move(why));
        }
    }

    void replace_with(reason why)
    {
        count(counter::cleanups_run);
        cleanup_ended();
        const auto where = where_;
        auto* const context = report_context();
        untold_failure failure{std::move(why), where, context};
        hand_over([&]<class Signature>(Handler&& handler, kept_result<Signature>&& result) {
            using change = downstream_signature<Signature, false, Wish>;
            failure.told = true;
            std::apply(
                [&]<class... Args>(Args&&... args) {
                    complete<change>(std::move(handler),
                                     std::optional<reason>(std::move(failure.why)), where, context,
                                     std::forward<Args>(args)...);
                },
                std::move(result.arguments));
        });
    }

    // If the result could not be stored, or a move throws on the way to downstream, that exception
    // is the end of the completion, and the cleanup's reason is told besides.
    struct untold_failure {
        reason why;
        const std::source_location& where;
        context_record* context;
        bool told = false;

        ~untold_failure()
        {
            if (!told) {
                count_failed_cleanup();
                emit(report_kind::cleanup_failed, why, where, context);
            }
        }
    };

    /// Everything moves to the stack and the block is freed before downstream is called.
    template <class Deliver>
    void hand_over(const Deliver& deliver)
    {
        leave();
        block_owner self(this, get_allocator());
        cleanup_.release();
        [[maybe_unused]] const auto operation_work = std::move(operation_work_);
        [[maybe_unused]] const auto downstream_work = std::move(downstream_work_);
        if (storing_failed_) [[unlikely]] {
            const auto failure = std::move(storing_failed_);
            self.reset();
            std::rethrow_exception(failure);
        }
        Handler handler(std::move(handler_));
        std::visit(
            [&]<class Kept>(Kept& kept) {
                if constexpr (!std::is_same_v<Kept, std::monostate>) {
                    Kept result(std::move(kept));
                    self.reset();
                    deliver(std::move(handler), std::move(result));
                }
            },
            result_);
    }

    Handler handler_;
    cleanup_holder<Cleanup, false> cleanup_;
    [[no_unique_address]] operation_executor operation_executor_;
    [[no_unique_address]] std::conditional_t<two_executors, context_ref, nothing>
        operation_context_;
    [[no_unique_address]] std::conditional_t<
        two_executors, std::optional<work_guard<operation_executor>>, nothing> operation_work_;
    std::optional<work_guard<executor_type>> downstream_work_;
    any_kept_result<Signatures...> result_;
    std::exception_ptr storing_failed_;
    asio::cancellation_signal shield_;
    [[no_unique_address]] bound_slot_type slot_;
    std::source_location where_;
};

} // namespace settle::detail
