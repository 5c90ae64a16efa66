// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/handler_result.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/rejection_handler.hpp>
#include <settle/detail/returned.hpp>
#include <settle/detail/work_guard.hpp>
#include <settle/report.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// What then() and catch_() do when the promise before has settled. Either handler may be
/// nullptr_t, for none.
template <class T, class F, class G, class Explicit>
class then_reaction {
public:
    template <class On, class Else>
    then_reaction(On&& on_value, Else&& on_reason)
        : on_value_(std::forward<On>(on_value))
        , on_reason_(std::forward<Else>(on_reason))
    {
    }

    template <class Node>
    void react(Node& node)
    {
        if (node.source().fulfilled())
            react_to_value(node);
        else
            react_to_reason(node);
    }

    template <class Node, class... Values>
    void adopted(Node& node, Values&&... values)
    {
        node.adopted_value(std::forward<Values>(values)...);
    }

    template <class Node>
    void adopted_nothing(Node& node)
    {
        node.reject(std::make_exception_ptr(std::bad_cast()));
    }

    template <class Node>
    void adoption_failed(Node& node, reason why)
    {
        node.reject(std::move(why));
    }

    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return {}; }
    [[nodiscard]] nothing keep_loop() noexcept { return {}; }

    static constexpr bool bound = has_associated_executor<F> || has_associated_executor<G>;

    /// The context that enqueue() chooses.
    template <class Executor>
    [[nodiscard]] context_ref context(const loop<Executor>& home, bool fulfilled) const
    {
        if constexpr (std::is_null_pointer_v<F> || std::is_null_pointer_v<G>)
            return home.context();
        else
            return fulfilled ? loop_of(on_value_, home).context()
                             : loop_of(on_reason_, home).context();
    }

    /// Each handler runs on its own associated executor, else on the promise's (E1).
    template <class Executor>
    void enqueue(continuation& node, const loop<Executor>& home, bool fulfilled) const noexcept
    {
        if constexpr (std::is_null_pointer_v<F> || std::is_null_pointer_v<G>)
            home.enqueue(node); // the one handler's loop already
        else if (fulfilled)
            loop_of(on_value_, home).enqueue(node);
        else
            loop_of(on_reason_, home).enqueue(node);
    }

private:
    template <class Node>
    void react_to_value(Node& node)
    {
        if constexpr (std::is_null_pointer_v<F>) {
            node.pass_value();
        } else {
            if (is_empty_callable(on_value_))
                return node.pass_value();
            node.settle_with([&]() -> decltype(auto) {
                return call_with_value<F, T>(on_value_, node.source().value());
            });
        }
    }

    template <class Node>
    void react_to_reason(Node& node)
    {
        if constexpr (std::is_null_pointer_v<G>) {
            node.pass_reason();
        } else {
            if (is_empty_callable(on_reason_))
                return node.pass_reason();
            constexpr auto what = rejection_argument<G, Explicit>::what;
            reason& why = node.source().why();
            if constexpr (what == wanted::whole_reason) {
                node.settle_with(
                    [&]() -> decltype(auto) { return call_once(on_reason_, std::as_const(why)); });
            } else if constexpr (what == wanted::exception_pointer) {
                node.report_displaced();
                node.settle_with(
                    [&]() -> decltype(auto) { return call_once(on_reason_, why.exception()); });
            } else if constexpr (what == wanted::code) {
                error_code code;
                if (!why.find_code(code))
                    return node.pass_reason();
                node.report_displaced();
                node.settle_with([&]() -> decltype(auto) { return call_once(on_reason_, code); });
            } else {
                react_to_exception(node, why);
            }
        }
    }

    template <class Node>
    void react_to_exception(Node& node, reason& why)
    {
        using exception = std::remove_reference_t<typename rejection_argument<G, Explicit>::type>;
        if (why.holds_code()) {
            if constexpr (catches_codes<exception>)
                node.materialise();
            else
                return node.pass_reason();
        }
        // The node keeps the exception alive, also while a coroutine refers to it.
        const auto pointer = why.exception();
        try {
            std::rethrow_exception(pointer);
        } catch (exception& caught) {
            node.report_displaced();
            node.settle_with([&]() -> decltype(auto) { return call_once(on_reason_, caught); });
        } catch (...) {
            node.pass_reason();
        }
    }

    [[no_unique_address]] F on_value_;
    [[no_unique_address]] G on_reason_;
};

/// What the member finally() does. `PromiseExecutor` is no_executor where the cleanup runs on the
/// promise's own.
template <class Cleanup, class Executor, class PromiseExecutor>
class finally_reaction {
public:
    template <class C>
    finally_reaction(C&& cleanup, const PromiseExecutor& downstream)
        : cleanup_(std::forward<C>(cleanup))
        , downstream_(downstream)
    {
    }

    template <class Node>
    void react(Node& node)
    {
        if constexpr (is_asynchronous<Cleanup>) {
            if (is_empty_callable(cleanup_))
                return node.pass();
            returned<typename cleanup_traits<Cleanup>::result> adopted;
            std::exception_ptr thrown;
            try {
                adopted.emplace_from([this]() -> decltype(auto) { return call_once(cleanup_); });
            } catch (...) {
                thrown = std::current_exception();
            }
            if (!adopted)
                return replace(node, std::move(thrown));
            // While the cleanup is in flight neither its loop nor downstream's ends (E5).
            shielded_.emplace(node.get_executor(), downstream_);
            node.adopt(std::move(*adopted));
        } else {
            std::exception_ptr thrown;
            try {
                run_cleanup(cleanup_);
            } catch (...) {
                thrown = std::current_exception();
            }
            if (thrown)
                replace(node, std::move(thrown));
            else
                node.pass();
        }
    }

    template <class Node, class... Ignored>
    void adopted(Node& node, Ignored&&...)
    {
        node.pass();
    }

    template <class Node>
    void adopted_nothing(Node& node)
    {
        node.pass();
    }

    template <class Node>
    void adoption_failed(Node& node, reason why)
    {
        replace(node, std::move(why));
    }

    // Nobody else can reach this signal: the cleanup is shielded (X2).
    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept
    {
        return shielded_->signal.slot();
    }

    [[nodiscard]] auto keep_loop() noexcept
    {
        if constexpr (is_asynchronous<Cleanup>) {
            std::optional<work_guards> guards;
            if (shielded_)
                guards.emplace(std::move(shielded_->guards));
            return guards;
        } else {
            return nothing();
        }
    }

    static constexpr bool bound = has_associated_executor<Cleanup>;

    [[nodiscard]] context_ref context(const loop<Executor>& home, bool) const noexcept
    {
        return home.context();
    }

    void enqueue(continuation& node, const loop<Executor>& home, bool) const noexcept
    {
        home.enqueue(node);
    }

private:
    struct work_guards {
        work_guard<Executor> cleanup;
        [[no_unique_address]] work_guard<PromiseExecutor> downstream;
    };

    struct shield {
        shield(const Executor& cleanup, const PromiseExecutor& downstream)
            : guards{work_guard<Executor>(cleanup), work_guard<PromiseExecutor>(downstream)}
        {
        }

        work_guards guards;
        boost::asio::cancellation_signal signal;
    };

    template <class Node>
    void replace(Node& node, reason why)
    {
        if (!node.source().fulfilled())
            why.suppress(std::move(node.source().why()));
        node.reject(std::move(why));
    }

    [[no_unique_address]] Cleanup cleanup_;
    [[no_unique_address]] PromiseExecutor downstream_;
    [[no_unique_address]] std::conditional_t<is_asynchronous<Cleanup>, std::optional<shield>,
                                             nothing> shielded_;
};

} // namespace settle::detail
