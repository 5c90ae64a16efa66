// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/handler_result.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/rejection_handler.hpp>
#include <settle/reason.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace settle::detail {

/// What then() and catch_() do when the promise before has settled. Either handler may be
/// nullptr_t, for none.
template <class Argument, class F, class G, class Explicit, class PromiseExecutor>
class then_reaction {
    template <class PromiseLoop>
    struct two_loops {
        template <class On, class Else>
        two_loops(const On& on_value, const Else& on_reason, const PromiseLoop& home)
            : for_value(loop_of(on_value, home))
            , for_reason(loop_of(on_reason, home))
        {
        }

        loop_of_t<F, typename PromiseLoop::executor_type> for_value;
        loop_of_t<G, typename PromiseLoop::executor_type> for_reason;
    };

    struct no_loops {
        no_loops() = default;
        template <class... Ignored>
        explicit no_loops(const Ignored&...) noexcept
        {
        }
    };

    struct no_handler {
        explicit no_handler(std::nullptr_t) noexcept {}
    };

    template <class Function>
    using kept_handler = std::conditional_t<std::is_null_pointer_v<Function>, no_handler, Function>;

    static constexpr bool two_handlers = !std::is_null_pointer_v<F> && !std::is_null_pointer_v<G>;

    static constexpr bool value_is_adopted()
    {
        if constexpr (std::is_null_pointer_v<F>)
            return false;
        else
            return is_adopted<std::remove_cvref_t<value_handler_result_t<F, Argument>>>;
    }

    static constexpr bool reason_is_adopted()
    {
        if constexpr (std::is_null_pointer_v<G>)
            return false;
        else
            return is_adopted<std::remove_cvref_t<rejection_handler_result_t<G, Explicit>>>;
    }

public:
    template <class On, class Else>
    then_reaction(On&& on_value, Else&& on_reason)
        : on_value_(std::forward<On>(on_value))
        , on_reason_(std::forward<Else>(on_reason))
    {
    }

    /// With two handlers each has a loop of its own, known from now on.
    template <class On, class Else, class PromiseLoop>
    then_reaction(On&& on_value, Else&& on_reason, const PromiseLoop& home)
        : loops_(on_value, on_reason, home)
        , on_value_(std::forward<On>(on_value))
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

    /// What the handler returned is cancelled with the promise.
    [[nodiscard]] boost::asio::cancellation_slot slot(boost::asio::cancellation_signal& of_node)
    {
        return of_node.slot();
    }
    [[nodiscard]] nothing keep_loop() noexcept { return {}; }

    /// What a handler returns may have to be waited for.
    static constexpr bool adopts = value_is_adopted() || reason_is_adopted();
    static constexpr bool bound = has_associated_executor<F> || has_associated_executor<G>;
    /// Runs on an executor that is known only when the promise before has settled.
    static constexpr bool undecided_executor = two_handlers && bound;
    static constexpr bool shields_adoptable = false;

    /// Where what a handler returns is waited for: on the handler's own.
    template <class Executor>
    [[nodiscard]] auto chosen_loop(const loop<Executor>& home, bool fulfilled) const
        requires undecided_executor
    {
        using on_value = decltype(loops_.for_value);
        using on_reason = decltype(loops_.for_reason);
        if constexpr (std::is_same_v<on_value, on_reason>)
            return fulfilled ? loops_.for_value : loops_.for_reason;
        else if constexpr (std::is_convertible_v<on_value, loop<boost::asio::any_io_executor>> &&
                           std::is_convertible_v<on_reason, loop<boost::asio::any_io_executor>>)
            return fulfilled ? loop<boost::asio::any_io_executor>(loops_.for_value)
                             : loop<boost::asio::any_io_executor>(loops_.for_reason);
        else // executors that have no common type
            return home;
    }

    /// The context that enqueue() chooses.
    template <class Executor>
    [[nodiscard]] context_ref context(const loop<Executor>& home, bool fulfilled) const
    {
        if constexpr (!bound || std::is_null_pointer_v<F> || std::is_null_pointer_v<G>)
            return home.context();
        else
            return fulfilled ? loops_.for_value.context() : loops_.for_reason.context();
    }

    /// Each handler runs on its own associated executor, else on the promise's (E1).
    template <class Executor>
    void enqueue(continuation& node, const loop<Executor>& home, bool fulfilled) const noexcept
    {
        if constexpr (!bound || std::is_null_pointer_v<F> || std::is_null_pointer_v<G>)
            home.enqueue(node); // the one handler's loop already
        else if (fulfilled)
            loops_.for_value.enqueue(node);
        else
            loops_.for_reason.enqueue(node);
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
                return call_with_value<Argument>(on_value_, node.source().value());
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
            const reason& why = node.source().why();
            if constexpr (what == wanted::whole_reason) {
                node.settle_with([&]() -> decltype(auto) { return call_once(on_reason_, why); });
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
                react_to_exception(node);
            }
        }
    }

    template <class Node>
    void react_to_exception(Node& node)
    {
        using exception = std::remove_reference_t<typename rejection_argument<G, Explicit>::type>;
        if constexpr (!catches_codes<exception>) {
            if (node.source().why().holds_code())
                return node.pass_reason();
        }
        // The node keeps the exception alive, also while a coroutine refers to it.
        const auto pointer = node.source().materialise().exception();
        try {
            std::rethrow_exception(pointer);
        } catch (exception& caught) {
            node.report_displaced();
            node.settle_with([&]() -> decltype(auto) { return call_once(on_reason_, caught); });
        } catch (...) {
            node.pass_reason();
        }
    }

    [[no_unique_address]] std::conditional_t<two_handlers && bound,
                                             two_loops<loop<PromiseExecutor>>, no_loops> loops_;
    [[no_unique_address]] kept_handler<F> on_value_;
    [[no_unique_address]] kept_handler<G> on_reason_;
};

} // namespace settle::detail
