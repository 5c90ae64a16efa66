// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/completion_node.hpp>
#include <settle/detail/finally_reaction.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/promise_operation.hpp>
#include <settle/detail/reaction.hpp>
#include <settle/detail/reaction_node.hpp>
#include <settle/detail/then_value.hpp>
#include <settle/fwd.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/async_result.hpp>

#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

// What then(), catch_(), finally() and a completion token do with a handle: a promise, which they
// take, or a shared_promise, which they leave.

template <class Handle>
using source_of_t = decltype(promise_access::source(std::declval<const Handle&>()));

template <class Handle>
using argument_of_t = typename source_of_t<Handle>::argument_type;

/// Attaches a link, and returns the promise that it is the state of.
template <class U, class Reaction, class Handle, class Home, class Allocator, class... Args>
auto link(Handle& handle, const loop<Home>& home, const Allocator& allocator,
          const std::source_location& where, Args&&... args)
{
    using node = reaction_node<source_of_t<Handle>, U, Reaction, Home, Allocator>;
    const auto& promise_loop = promise_access::loop_of(handle);
    const auto context = promise_loop.context();
    // Of a context that is no more the home may be another's already.
    const bool together = promise_loop.alive() &&
                          (!Reaction::bound ||
                           (!Reaction::undecided_executor && home.shares_queue_with(promise_loop)));
    auto* next = create_block<node>(allocator, promise_access::source(handle), home, context,
                                    allocator, where, std::forward<Args>(args)...);
    if (together)
        next->stay_with(promise_access::state(handle)->bias());
    else
        promise_access::state(handle)->leave_the_thread();
    auto result = promise_access::make_promise<U>(next, promise_access::pass_on_loop(handle));
    promise_access::attach(handle, *next, context);
    return result;
}

/// then(f, g); either may be null.
template <class Explicit, class Handle, class F, class G>
auto react(Handle& handle, F&& f, G&& g, const std::source_location& where)
{
    using argument = argument_of_t<Handle>;
    using on_value = std::decay_t<F>;
    using on_reason = std::decay_t<G>;
    using value = then_value_t<argument, on_value, on_reason, Explicit>;
    using reaction =
        then_reaction<argument, on_value, on_reason, Explicit, typename Handle::executor_type>;
    const auto& home = promise_access::loop_of(handle);
    if constexpr (std::is_null_pointer_v<on_reason>)
        return link<value, reaction>(handle, loop_of(f, home), asio::get_associated_allocator(f),
                                     where, std::forward<F>(f), nullptr);
    else if constexpr (std::is_null_pointer_v<on_value>)
        return link<value, reaction>(handle, loop_of(g, home), asio::get_associated_allocator(g),
                                     where, nullptr, std::forward<G>(g));
    else
        return link<value, reaction>(handle, home, asio::get_associated_allocator(f), where,
                                     std::forward<F>(f), std::forward<G>(g), home);
}

/// catch_(g).
template <class Explicit, class Handle, class G>
auto recover(Handle& handle, G&& g, const std::source_location& where)
{
    using value_type = typename Handle::value_type;
    using on_reason = std::decay_t<G>;
    using value = typename rejection_result<argument_of_t<Handle>, on_reason, Explicit>::type;
    static_assert(std::is_void_v<value_type> || !std::is_void_v<value>,
                  "settle: a catch_ handler returns what takes the place of the promise's "
                  "value; this one returns nothing; use then(f, g) to end with void");
    static_assert(std::is_void_v<value_type> ||
                      std::is_constructible_v<stored_t<value_type>, stored_t<value>>,
                  "settle: what a catch_ handler returns must convert to the promise's type");
    using reaction = then_reaction<argument_of_t<Handle>, std::nullptr_t, on_reason, Explicit,
                                   typename Handle::executor_type>;
    return link<value_type, reaction>(handle, loop_of(g, promise_access::loop_of(handle)),
                                      asio::get_associated_allocator(g), where, nullptr,
                                      std::forward<G>(g));
}

/// finally(cleanup).
template <class Handle, class Cleanup>
auto clean_up(Handle& handle, Cleanup&& cleanup, const std::source_location& where)
{
    using executor_type = typename Handle::executor_type;
    using decayed = std::decay_t<Cleanup>;
    static_cast<void>(cleanup_traits<decayed>::infallible);
    const auto& promise_loop = promise_access::loop_of(handle);
    const auto& home = loop_of(cleanup, promise_loop);
    using home_executor = std::decay_t<decltype(home.executor())>;
    const auto downstream = [&] {
        if constexpr (has_associated_executor<decayed>)
            return promise_loop;
        else
            return no_executor();
    }();
    using downstream_executor =
        std::conditional_t<has_associated_executor<decayed>, executor_type, no_executor>;
    using reaction = finally_reaction<decayed, home_executor, downstream_executor>;
    return link<typename Handle::value_type, reaction>(
        handle, home, asio::get_associated_allocator(cleanup), where,
        std::forward<Cleanup>(cleanup), downstream, home);
}

/// What waits for a handle on behalf of a completion handler.
template <class Handle, template <class, class> class Completion>
using initiation_for_t =
    promise_initiation<source_of_t<Handle>, typename Handle::executor_type, Completion>;

/// adoption<X>::start of both.
template <class Handle, class Receiver>
void start_adoption(Handle& handle, adoption_handler<Receiver> handler)
{
    using source = source_of_t<Handle>;
    using waiting = adoption_handler<Receiver>;
    const auto where = handler.home();
    using home = std::remove_const_t<decltype(where)>;
    completion_node<source, waiting, home, adoption_completion<source, waiting>>::attach(
        handle, std::move(handler), where);
}

} // namespace settle::detail
