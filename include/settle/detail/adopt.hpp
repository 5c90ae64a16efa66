// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/signature.hpp>
#include <settle/detail/start_scope.hpp>
#include <settle/reason.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// What is known of an adoption under way, from its start on; a member of every receiver.
struct adoption_record {
    // In which it was started; may be gone.
    const start_scope* scope;
    // The adoptable has asked for the receiver's executor, so it completes there. One that has not
    // (bind_executor on a deferred operation names another) completes who knows where.
    bool executor_asked;
};

/// Waiting for an adoptable.
///
/// The one who waits, the Receiver, has an adoption_record `adopting` and provides
///
///     executor_type get_executor() const;         where the adoptable starts, and ends
///     allocator_type get_allocator() const;
///     asio::cancellation_slot adoption_slot();    what the adoptable is cancelled by
///     void adoption_fulfilled(values...);
///     void adoption_rejected(reason);
///     void adoption_declined();                   an ordinary value after all, of no use as it is
///     void adoption_dropped();                    destroyed without having ended
///
/// and is called back just once, on its executor. adoption_handler is the unique owner of that
/// call. A receiver with a static member `ignores_values` may be fulfilled without any.
template <class Receiver>
class adoption_handler {
public:
    using executor_type = typename Receiver::executor_type;
    using allocator_type = typename Receiver::allocator_type;
    using cancellation_slot_type = asio::cancellation_slot;

    explicit adoption_handler(Receiver& receiver) noexcept
        : receiver_(&receiver)
    {
    }

    adoption_handler(adoption_handler&& other) noexcept
        : receiver_(std::exchange(other.receiver_, nullptr))
    {
    }

    adoption_handler& operator=(adoption_handler&&) = delete;

    ~adoption_handler()
    {
        if (receiver_) [[unlikely]]
            dropped();
    }

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        receiver_->adopting.executor_asked = true;
        return receiver_->get_executor();
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept
    {
        return receiver_->get_allocator();
    }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return receiver_->adoption_slot();
    }

    /// The loop to be called back on. A receiver that knows its own hands it on, since its context
    /// may be no more.
    [[nodiscard]] auto home() const
    {
        receiver_->adopting.executor_asked = true;
        if constexpr (requires(const Receiver& r) { r.home(); })
            return receiver_->home();
        else
            return loop<executor_type>(receiver_->get_executor());
    }

    /// The state of the promise that adopts, null where it is none.
    [[nodiscard]] const void* adopts_for() const noexcept
    {
        if constexpr (requires(const Receiver& r) { r.adopts_for(); })
            return receiver_->adopts_for();
        else
            return nullptr;
    }

    /// What is adopted was asked to cancel and had nothing to pass the request on to.
    void inherit_cancellation(unsigned requested) noexcept
        requires requires(Receiver& r) { r.inherit_cancellation(requested); }
    {
        receiver_->inherit_cancellation(requested);
    }

    /// Still owns the call.
    [[nodiscard]] bool armed() const noexcept { return receiver_ != nullptr; }
    void disarm() noexcept { receiver_ = nullptr; }

    /// As an Asio handler of any completion signature.
    template <class... Args>
    void operator()(Args&&... args)
    {
        if (is_at_home()) [[likely]]
            complete(std::forward<Args>(args)...);
        else
            arrive(std::forward<Args>(args)...);
    }

    template <class... Values>
    void fulfil(Values&&... values)
    {
        std::exchange(receiver_, nullptr)->adoption_fulfilled(std::forward<Values>(values)...);
    }

    /// What was to be adopted is an ordinary value, of a type that is not the adoption's.
    void decline() { std::exchange(receiver_, nullptr)->adoption_declined(); }

    void reject(reason why)
    {
        std::exchange(receiver_, nullptr)->adoption_rejected(std::move(why));
    }

private:
    static constexpr bool receiver_has_home =
        requires(const Receiver& receiver) { receiver.home().alive(); };

    // By itself, since a handler is moved, and so destroyed empty, several times on its way.
    void dropped() noexcept
    {
        if (start_scope::notify_dropped(receiver_->adopting.scope, receiver_))
            return;
        if constexpr (receiver_has_home) {
            if (!is_at_home()) {
                // Dropped once more, there.
                receiver_->adopting.executor_asked = true;
                asio::dispatch(receiver_->get_executor(), [self = adoption_handler(*receiver_)] {});
                return;
            }
        }
        receiver_->adoption_dropped();
    }

    // On the receiver's executor; or that is gone, and nobody else can be at the receiver.
    [[nodiscard]] bool is_at_home() const noexcept
    {
        if (receiver_->adopting.executor_asked) [[likely]]
            return true;
        if constexpr (receiver_has_home)
            return !receiver_->home().alive();
        else
            return false;
    }

    template <class... Args>
    void complete(Args&&... args)
    {
        if constexpr (slot_of_arguments<Args...> == error_slot::none)
            fulfil(std::forward<Args>(args)...);
        else
            settle(std::forward<Args>(args)...);
    }

    // On whatever executor. The receiver may be asked to cancel at the same time, on its own.
    template <class... Args>
    void arrive(Args&&... args)
    {
        if constexpr (!requires { Receiver::ignores_values; })
            go_home(std::forward<Args>(args)...);
        else if constexpr (slot_of_arguments<Args...> == error_slot::none)
            go_home();
        else
            [this]<class Slot>(Slot&& slot, const auto&...) {
                this->go_home(std::forward<Slot>(slot));
            }(std::forward<Args>(args)...);
    }

    template <class... Args>
    void go_home(Args&&... args)
    {
        const auto executor = receiver_->get_executor();
        receiver_->adopting.executor_asked = true;
        asio::dispatch(
            executor, [kept = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...),
                       self = std::move(*this)]() mutable {
                std::apply([&](auto&... each) { self.complete(std::move(each)...); }, kept);
            });
    }

    template <class Slot, class... Values>
    void settle(Slot&& slot, Values&&... values)
    {
        if (auto why = reason_in_slot(std::forward<Slot>(slot)))
            return reject(std::move(*why));
        fulfil(std::forward<Values>(values)...);
    }

    // So that what completes on the way to the receiver counts as a continuation for Asio.
    friend bool asio_handler_is_continuation(adoption_handler*) { return true; }

    Receiver* receiver_;
};

/// Adoption by a user's `adoption<X>::adopt`; defined beside the resolver it needs.
template <class X>
struct resolver_adoption;

/// The value type that waiting for an X yields.
template <class X>
struct adopted_value;

template <has_adoption X>
struct adopted_value<X> {
    using type = typename adoption<X>::value_type;
};

template <class T, class Executor>
struct adopted_value<asio::awaitable<T, Executor>> {
    using type = T;
};

template <deferred_operation X>
struct adopted_value<X> {
    using type = result_value_t<typename asio::completion_signature_of<X>::type>;
};

template <class X>
using adopted_value_t = typename adopted_value<X>::type;

template <class X, class Receiver>
void launch_adoptable(X&& x, adoption_handler<Receiver> handler)
{
    if constexpr (requires { adoption<X>::start(std::move(x), std::move(handler)); }) {
        adoption<X>::start(std::move(x), std::move(handler));
    } else if constexpr (has_adoption<X>) {
        resolver_adoption<X>::start(std::move(x), std::move(handler));
    } else if constexpr (is_awaitable<X>) {
        using awaitable_executor = typename X::executor_type;
        const auto executor = handler.get_executor();
        static_assert(
            std::is_convertible_v<decltype(executor), awaitable_executor>,
            "settle: the awaitable cannot run on the executor it would start on; return an "
            "asio::awaitable<T> with the default executor, or use bind_executor");
        asio::co_spawn(executor, std::move(x), std::move(handler));
    } else {
        std::move(x)(std::move(handler));
    }
}

/// Starts an adoptable on behalf of a receiver. An exception out of its own initiation becomes a
/// rejection (F12); one that comes from a downstream handler which ran inside it passes (F13).
///
/// The receiver may be gone when this returns.
template <class X, class Receiver>
void start_adoptable(X&& x, Receiver& receiver)
{
    static_assert(!std::is_lvalue_reference_v<X>);
    // Optional, so that a start which does not fail pays for no exception_ptr.
    std::optional<std::exception_ptr> failure;
    {
        start_scope scope(&receiver);
        receiver.adopting = {&scope, false};
        adoption_handler<Receiver> handler(receiver);
        try {
            launch_adoptable<X, Receiver>(std::move(x), std::move(handler));
            if (!scope.dropped())
                return;
        } catch (...) {
            if (!scope.dropped() && !handler.armed())
                throw;
            handler.disarm();
            failure.emplace(std::current_exception());
        }
    }
    if (failure)
        receiver.adoption_rejected(std::move(*failure));
    else
        receiver.adoption_dropped();
}

} // namespace settle::detail
