// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/decorator.hpp>
#include <settle/detail/fallback.hpp>

#include <boost/assert.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// A cleanup with something to run in its place if it is abandoned; see `on_abandon`.
template <class Cleanup, class Fallback>
class [[nodiscard("give it to finally")]] on_abandon_cleanup {
    using traits = detail::cleanup_traits<Cleanup>;

public:
    using decorated_cleanup = Cleanup;
    static constexpr bool asynchronous = traits::asynchronous;
    static constexpr bool infallible = traits::infallible;

    template <class C, class F>
    on_abandon_cleanup(std::in_place_t, C&& cleanup, F&& fallback)
        : cleanup_(std::forward<C>(cleanup))
        , fallback_(std::forward<F>(fallback))
    {
    }

    decltype(auto) operator()() noexcept(infallible)
    {
        return call(detail::no_place(std::source_location()));
    }

    /// For what it is given to.
    template <class Place>
    decltype(auto) call(const Place& place) noexcept(infallible)
    {
        if constexpr (asynchronous)
            return detail::call_cleanup(cleanup_, place);
        else
            return detail::run_cleanup(cleanup_, place);
    }

    [[nodiscard]] Cleanup& get() noexcept { return cleanup_; }
    [[nodiscard]] const Cleanup& get() const noexcept { return cleanup_; }
    [[nodiscard]] Fallback& fallback() noexcept { return fallback_; }

private:
    [[no_unique_address]] Cleanup cleanup_;
    [[no_unique_address]] Fallback fallback_;
};

/// Gives a cleanup a fallback, which runs where the cleanup never will because its operation was
/// destroyed uncompleted: as a rule since the loop died first. Without it such a cleanup is
/// reported as `report_kind::abandoned_cleanup`. Exactly one of the cleanup, the fallback and the
/// report happens. A cleanup that has started has no fallback any more. Of fallbacks within one
/// another the outermost counts.
///
/// Executor: none. The fallback is called from a destructor, possibly from within the context's: it
/// takes no arguments, does not throw, and what it returns is ignored. It must not use the context.
///
/// Cancellation: as the cleanup's.
///
/// Exceptions: what copying or moving either throws; a fallback whose move throws after its
/// operation was dropped by a failing start ends the program.
///
/// Lifetime: the fallback lives as long as the cleanup.
///
/// Complexity: no allocation.
///
/// Example:
///
///     settle::finally(settle::on_abandon([&] { return lease.async_return(asio::deferred); },
///                                        [&]() noexcept { lease.forget(); }),
///                     handler)
template <class Cleanup, class Fallback>
[[nodiscard("give it to finally")]] auto on_abandon(Cleanup&& cleanup, Fallback&& fallback)
{
    using decayed = std::decay_t<Cleanup>;
    using decayed_fallback = std::decay_t<Fallback>;
    detail::check_decorated<decayed>();
    static_assert(std::is_invocable_v<decayed_fallback&>,
                  "settle: the fallback of on_abandon takes no arguments; capture what it uses");
    static_assert(!std::is_invocable_v<decayed_fallback&> ||
                      detail::nothrow_function<decayed_fallback>,
                  "settle: the fallback of on_abandon runs in a destructor and must not throw; "
                  "write on_abandon(cleanup, [&]() noexcept { ... })");
    static_assert(!detail::returns_adoptable<decayed_fallback>,
                  "settle: the fallback of on_abandon has no loop to wait on, and what it returns "
                  "would be waited for; let it do its work at once");
    BOOST_ASSERT_MSG(!detail::is_empty_callable(fallback), "settle: an empty fallback");
    return on_abandon_cleanup<decayed, decayed_fallback>(
        std::in_place, std::forward<Cleanup>(cleanup), std::forward<Fallback>(fallback));
}

} // namespace settle
