// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/adopt.hpp>
#include <settle/detail/completion_node.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/resolver_state.hpp>
#include <settle/resolver.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Adoption through a user's `adoption<X>::adopt`: a promise's state stands between.
template <class X>
struct resolver_adoption {
    using value_type = typename adoption<X>::value_type;

    template <class Receiver>
    static void start(X&& adopted, adoption_handler<Receiver> handler)
    {
        const loop<asio::any_io_executor> home(handler.get_executor());
        auto* state = new resolver_state<value_type>(std::source_location::current());
        bool taken = false;
        {
            auto decides = promise_access::make_resolver<value_type>(state, home);
            try {
                taken = adoption<X>::adopt(std::move(adopted), decides);
            } catch (...) {
                decides.reject(std::current_exception());
                taken = true;
            }
            if (!taken)
                static_cast<void>(state->decide());
        }
        if (taken) {
            using waiting = adoption_handler<Receiver>;
            using where = loop<typename Receiver::executor_type>;
            completion_node<value_type, waiting, where, adoption_completion<value_type, waiting>>::
                attach(state, std::move(handler), where(handler.get_executor()));
        } else {
            // Undecided for ever, and nobody's: the consumer's share is the last.
            state->release();
            if constexpr (std::is_void_v<value_type>)
                handler.fulfil();
            else if constexpr (std::is_convertible_v<X, value_type>)
                handler.fulfil(value_type(std::move(adopted)));
            else
                handler.fulfil(std::move(adopted));
        }
    }
};

} // namespace settle::detail
