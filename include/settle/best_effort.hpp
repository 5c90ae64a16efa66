// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/decorator.hpp>
#include <settle/detail/effort.hpp>

#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// A cleanup whose failure changes no outcome; see `best_effort`.
template <class Cleanup>
class [[nodiscard("give it to finally")]] best_effort_cleanup {
    using traits = detail::cleanup_traits<Cleanup>;

public:
    using decorated_cleanup = Cleanup;
    static constexpr bool asynchronous = traits::asynchronous;
    static constexpr bool infallible = true;

    template <class C>
    best_effort_cleanup(std::in_place_t, C&& cleanup, const std::source_location& where)
        : cleanup_(std::forward<C>(cleanup))
        , where_(where)
    {
    }

    auto operator()() noexcept { return call(detail::no_place(where_)); }

    /// For what it is given to.
    template <class Place>
    auto call(const Place& place) noexcept
    {
        if constexpr (asynchronous) {
            using result = typename traits::result;
            detail::effort<result> started{std::nullopt, place.where()};
            tried(place, [&] {
                if (!detail::is_empty_callable(cleanup_))
                    started.adopted.emplace(detail::call_cleanup(cleanup_, place));
            });
            return started;
        } else {
            tried(place, [&] { detail::run_cleanup(cleanup_, place); });
        }
    }

    [[nodiscard]] Cleanup& get() noexcept { return cleanup_; }
    [[nodiscard]] const Cleanup& get() const noexcept { return cleanup_; }

private:
    template <class Place, class Try>
    static void tried(const Place& place, const Try& attempt) noexcept
    {
        if constexpr (traits::infallible && !asynchronous) {
            attempt();
        } else {
            try {
                attempt();
            } catch (...) {
                detail::report_failed_effort(std::current_exception(), place.where(),
                                             place.context());
            }
        }
    }

    [[no_unique_address]] Cleanup cleanup_;
    std::source_location where_;
};

/// Makes a cleanup one that does its best: what it throws, or what its adoptable is rejected with,
/// goes to the report hook as `report_kind::cleanup_failed`, with the place where the cleanup was
/// attached, and the original outcome passes.
///
/// Completion signature: a cleanup that cannot change the outcome is infallible, so on the token
/// surface every signature stays as it is.
///
/// Executor, cancellation, lifetime: as the cleanup's. Its associated executor and allocator are
/// those of the cleanup inside.
///
/// Exceptions: what copying or moving the cleanup throws. A failure of settle's own, such as
/// running out of memory for what waits for the cleanup, is reported like the cleanup's.
///
/// Complexity: nothing for a synchronous cleanup. For an asynchronous one an allocation from the
/// associated allocator after it has been called, freed before downstream is.
///
/// Decorators nest in any order. Around `within`, a deadline that has passed is reported; inside
/// it, only what the cleanup itself ends with.
///
/// Example:
///
///     asio::async_write(file, buffer,
///                       settle::finally(settle::best_effort([&] { remove(lock_file); }),
///                       handler));
template <class Cleanup>
[[nodiscard("give it to finally")]] auto
best_effort(Cleanup&& cleanup, std::source_location where = std::source_location::current())
{
    using decayed = std::decay_t<Cleanup>;
    detail::check_decorated<decayed>();
    return best_effort_cleanup<decayed>(std::in_place, std::forward<Cleanup>(cleanup), where);
}

} // namespace settle
