// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/decorator.hpp>
#include <settle/detail/limited.hpp>
#include <settle/detail/limited_wait.hpp>
#include <settle/detail/on_the_clock.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

namespace detail {

/// A cleanup under a deadline that stays where it is.
template <class Cleanup, class Force>
class kept_cleanup {
public:
    template <class C>
    explicit kept_cleanup(C&& cleanup)
        : cleanup_(std::forward<C>(cleanup))
    {
    }

    template <class C, class F>
    kept_cleanup(C&& cleanup, F&&)
        : cleanup_(std::forward<C>(cleanup))
    {
    }

    [[nodiscard]] Cleanup& get() noexcept { return cleanup_; }
    [[nodiscard]] const Cleanup& get() const noexcept { return cleanup_; }
    [[nodiscard]] static std::unique_ptr<held_cleanup<void, no_force>> take() noexcept
    {
        return nullptr;
    }

private:
    [[no_unique_address]] Cleanup cleanup_;
};

/// One that may be left behind by its deadline, in a block of its own from the beginning, so that
/// none is needed when it is called (F11). A copy has a copy of it.
template <class Cleanup, class Force>
class left_cleanup {
    using held = held_cleanup<Cleanup, Force>;

public:
    template <class C, class F>
    left_cleanup(C&& cleanup, F&& force)
        : held_(std::make_unique<held>(std::forward<C>(cleanup), std::forward<F>(force)))
    {
    }

    left_cleanup(left_cleanup&&) noexcept = default;

    left_cleanup(const left_cleanup& other)
        requires std::copy_constructible<Cleanup> && std::copy_constructible<Force>
        : held_(std::make_unique<held>(other.held_->cleanup, *other.held_->force))
    {
    }

    [[nodiscard]] Cleanup& get() noexcept { return held_->cleanup; }
    [[nodiscard]] const Cleanup& get() const noexcept { return held_->cleanup; }
    [[nodiscard]] std::unique_ptr<held> take() noexcept { return std::move(held_); }

private:
    std::unique_ptr<held> held_;
};

template <class Cleanup, class Force>
inline constexpr bool can_be_left =
    cleanup_traits<Cleanup>::asynchronous && !std::is_same_v<Force, no_force>;

} // namespace detail

/// A cleanup with a deadline; see `within`.
template <class Cleanup, class Force = detail::no_force>
class [[nodiscard("give it to finally")]] within_cleanup {
    using traits = detail::cleanup_traits<Cleanup>;
    static constexpr bool can_be_left = detail::can_be_left<Cleanup, Force>;
    using place_of_cleanup = std::conditional_t<can_be_left, detail::left_cleanup<Cleanup, Force>,
                                                detail::kept_cleanup<Cleanup, Force>>;

public:
    using decorated_cleanup = Cleanup;
    static constexpr bool asynchronous = traits::asynchronous;
    static constexpr bool infallible = !asynchronous && traits::infallible;

    template <class... Parts>
    within_cleanup(std::in_place_t, std::chrono::steady_clock::duration after,
                   const std::source_location& where, Parts&&... parts)
        : cleanup_(std::forward<Parts>(parts)...)
        , after_(after)
        , where_(where)
    {
    }

    auto operator()() noexcept(infallible) { return call(detail::no_place(where_)); }

    /// For what it is given to.
    template <class Place>
    auto call(const Place& place) noexcept(infallible)
    {
        if constexpr (asynchronous) {
            using X = typename traits::result;
            using left = std::conditional_t<can_be_left, Cleanup, void>;
            using forced = std::conditional_t<can_be_left, Force, detail::no_force>;
            X adopted(detail::call_cleanup(get(), place));
            return detail::limited<X, left, forced>{std::move(adopted), after_, place.where(),
                                                    cleanup_.take()};
        } else {
            detail::run_cleanup(get(), place);
        }
    }

    [[nodiscard]] Cleanup& get() noexcept { return cleanup_.get(); }
    [[nodiscard]] const Cleanup& get() const noexcept { return cleanup_.get(); }

private:
    [[no_unique_address]] place_of_cleanup cleanup_;
    std::chrono::steady_clock::duration after_;
    std::source_location where_;
};

/// Gives an asynchronous cleanup a deadline, from the moment on when what it returned is started.
///
/// Without a `force` the cleanup gets a terminal cancellation at the deadline, and is waited for
/// still; if it then ends in an error, its reason is `errc::timed_out`. An error of its own, other
/// than `operation_aborted`, is displaced by that.
///
/// With a `force`, that is called at the deadline, to close the socket, for example, and downstream
/// is settled at once with `errc::timed_out`. The cleanup is not cancelled, unless the force does
/// that; it has become a straggler, whose end reaches nobody. If it ends in an error that is
/// reported as `report_kind::straggler`, with the place where the cleanup was attached.
///
/// Completion signature: as for any cleanup that may fail.
///
/// Executor: what the cleanup returned and the timer run on a strand of their own over the
/// executor where it would run without the deadline; where that is a strand, on it; an
/// `asio::awaitable` of an executor type that is no strand, on that. The force is called there too;
/// it takes no arguments and must not throw.
///
/// Cancellation: the cleanup is shielded, as any. A deadline further out, of `within` around
/// `within`, that passes first is one for the inner force too.
///
/// Exceptions: with a force `std::bad_alloc`, and what copying or moving the cleanup and the force
/// throws. What making a timer throws is a failure of the cleanup.
///
/// Lifetime: without a force as any cleanup's. One with a force that is overtaken lives until what
/// it returned has ended, and then what it captured must live as long; the force is destroyed
/// before downstream is called. A straggler that never ends is destroyed with its context.
///
/// Complexity: for a synchronous cleanup nothing, neither a timer nor an allocation. With a force
/// one allocation when `within` is called, and for a copy. For what the cleanup returned another
/// one, besides those of the strand and of the timer's wait; none is from the associated allocator.
///
/// Example:
///
///     auto close_notify = [&] { return stream.async_shutdown(asio::deferred); };
///     settle::finally(settle::within(2s, close_notify,
///                                    [&]() noexcept { stream.next_layer().close(ignored); }),
///                     handler)
template <class Rep, class Period, class Cleanup>
[[nodiscard("give it to finally")]] auto
within(const std::chrono::duration<Rep, Period>& after, Cleanup&& cleanup,
       std::source_location where = std::source_location::current())
{
    using decayed = std::decay_t<Cleanup>;
    detail::check_decorated<decayed>();
    return within_cleanup<decayed>(std::in_place, detail::on_the_clock(after), where,
                                   std::forward<Cleanup>(cleanup));
}

template <class Rep, class Period, class Cleanup, class Force>
    requires(!std::same_as<std::remove_cvref_t<Force>, std::source_location>)
[[nodiscard("give it to finally")]] auto
within(const std::chrono::duration<Rep, Period>& after, Cleanup&& cleanup, Force&& force,
       std::source_location where = std::source_location::current())
{
    using decayed = std::decay_t<Cleanup>;
    using decayed_force = std::decay_t<Force>;
    detail::check_decorated<decayed>();
    static_assert(std::is_invocable_v<decayed_force&>,
                  "settle: the force of within takes no arguments; capture what it closes");
    static_assert(
        !std::is_invocable_v<decayed_force&> || detail::nothrow_function<decayed_force>,
        "settle: the force of within must not throw, since it is what ends the cleanup "
        "when nothing else does; write within(duration, cleanup, [&]() noexcept { ... })");
    static_assert(
        !detail::returns_adoptable<decayed_force>,
        "settle: the force of within is not waited for, and what it returns would be; let "
        "it do its work at once");
    return within_cleanup<decayed, decayed_force>(std::in_place, detail::on_the_clock(after), where,
                                                  std::forward<Cleanup>(cleanup),
                                                  std::forward<Force>(force));
}

} // namespace settle
