// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/detail/callable.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

struct context_record;

/// A cleanup with a decoration around it, which is a cleanup itself. It provides
///
///     decorated_cleanup       the type of the cleanup inside
///     get()                   that cleanup
///     asynchronous, infallible   as cleanup_traits
///     call(place)             calls it; place.where() and place.context() are for reports
///     fallback()              only where it has one: what runs if the cleanup never does
template <class Cleanup>
concept decorated = requires { typename Cleanup::decorated_cleanup; };

template <decorated Cleanup>
struct unbound<Cleanup> : unbound<typename Cleanup::decorated_cleanup> {};

/// bind_executor and its siblings, or std::ref, around a decorated cleanup.
template <class Cleanup>
concept binds_decorated = !decorated<Cleanup> && requires(Cleanup& cleanup) {
    requires decorated<std::remove_cvref_t<decltype(cleanup.get())>>;
};

/// Where a cleanup is called that nobody has attached.
class no_place {
public:
    explicit no_place(const std::source_location& made) noexcept
        : where_(made)
    {
    }

    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }
    [[nodiscard]] static context_record* context() noexcept { return nullptr; }

private:
    std::source_location where_;
};

/// How a cleanup behaves, told from its type alone.
template <class Cleanup>
struct cleanup_traits {
    static_assert(callable_once<Cleanup>,
                  "settle: a finally cleanup takes no arguments; write then(on_value, on_error) "
                  "where the outcome is needed, or capture what the cleanup uses");

    using result = std::remove_cvref_t<call_once_result_t<Cleanup>>;

    // What it returns is waited for.
    static constexpr bool asynchronous = adoptable<result>;

    // It cannot change any outcome.
    static constexpr bool infallible =
        !asynchronous && noexcept(call_once(std::declval<Cleanup&>()));
};

template <>
struct cleanup_traits<std::nullptr_t> {
    using result = void;
    static constexpr bool asynchronous = false;
    static constexpr bool infallible = true;
};

template <decorated Cleanup>
struct cleanup_traits<Cleanup> {
    using result = std::remove_cvref_t<decltype(std::declval<Cleanup&>().call(
        std::declval<const no_place&>()))>;
    static constexpr bool asynchronous = Cleanup::asynchronous;
    static constexpr bool infallible = Cleanup::infallible;
};

template <binds_decorated Cleanup>
struct cleanup_traits<Cleanup>
    : cleanup_traits<std::remove_cvref_t<decltype(std::declval<Cleanup&>().get())>> {};

/// Refuses finally(token, cleanup). Only where the cleanup is none is the token asked whether it
/// could be one: to ask instantiates a generic handler.
template <class Cleanup, class Token>
consteval void check_order()
{
    if constexpr (!callable_once<Cleanup> && !std::is_null_pointer_v<Cleanup>)
        static_assert(!callable_once<Token>,
                      "settle: the cleanup comes first, and takes no arguments; write "
                      "finally(cleanup, token)");
}

template <class Cleanup>
inline constexpr bool is_infallible = cleanup_traits<Cleanup>::infallible;

template <class Cleanup>
inline constexpr bool is_asynchronous = cleanup_traits<Cleanup>::asynchronous;

/// Calls a cleanup that is not empty. A decoration is told the place where it is attached.
template <class Cleanup, class Place>
decltype(auto) call_cleanup(Cleanup& cleanup, const Place& place) noexcept(is_infallible<Cleanup>)
{
    if constexpr (decorated<Cleanup>)
        return cleanup.call(place);
    else if constexpr (binds_decorated<Cleanup>)
        return call_cleanup(cleanup.get(), place);
    else
        return call_once(cleanup);
}

/// Runs a synchronous cleanup, ignoring what it returns and passing over an empty one.
template <class Cleanup, class Place>
void run_cleanup(Cleanup& cleanup, const Place& place) noexcept(is_infallible<Cleanup>)
{
    if constexpr (!std::is_null_pointer_v<Cleanup>) {
        if (!is_empty_callable(cleanup))
            static_cast<void>(call_cleanup(cleanup, place));
    }
}

} // namespace settle::detail
