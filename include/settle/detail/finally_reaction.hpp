// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/counters.hpp>
#include <settle/detail/draining.hpp>
#include <settle/detail/expecting_scope.hpp>
#include <settle/detail/fallback.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/returned.hpp>
#include <settle/detail/work_guard.hpp>
#include <settle/report.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// A promise's asynchronous cleanup, for draining.
template <class Executor>
class drained_reaction final : public drainable {
public:
    explicit drained_reaction(const loop<Executor>& home)
        : home_(home)
    {
    }

    ~drained_reaction() { leave(); }

    void list() noexcept { list_in(home_.context()); }

    boost::asio::cancellation_signal* running = nullptr; // once it has been started

private:
    void ask(std::shared_ptr<drain_request> request) override
    {
        if (home_.alive())
            take_request_to(home_.executor(), std::move(request));
    }

    bool cancel_cleanup() override { return running && cancel_by(*running); }

    loop<Executor> home_;
};

/// Where the cleanup is not asynchronous.
struct not_drained {
    template <class Home>
    explicit not_drained(const Home&) noexcept
    {
    }

    void list() const noexcept {}
    void operation_ended() const noexcept {}
    void cleanup_ended() noexcept {}
};

/// What the member finally() does. `PromiseExecutor` is no_executor where the cleanup runs on the
/// promise's own.
template <class Cleanup, class Executor, class PromiseExecutor>
class finally_reaction {
    using downstream_loop = std::conditional_t<std::is_same_v<PromiseExecutor, no_executor>,
                                               no_executor, loop<PromiseExecutor>>;

public:
    /// What it waits for has begun, unless it is an entry of a stack.
    template <class C>
    finally_reaction(C&& cleanup, const downstream_loop& downstream, const loop<Executor>& home,
                     bool has_begun = true)
        : cleanup_(std::forward<C>(cleanup))
        , pending_(!is_empty_callable(cleanup_))
        , downstream_(downstream)
        , drained_(home)
    {
        if (has_begun && pending_)
            drained_.list();
    }

    /// The stack has been disposed: it waits for nothing but its turn.
    void is_due() noexcept
    {
        if (pending_)
            drained_.list();
        drained_.operation_ended();
    }

    template <class Node>
    void react(Node& node)
    {
        if constexpr (is_asynchronous<Cleanup>) {
            if (is_empty_callable(cleanup_))
                return pass(node);
            returned<typename cleanup_traits<Cleanup>::result> adopted;
            std::exception_ptr thrown;
            try {
                adopted.emplace_from([&]() -> decltype(auto) {
                    return call_cleanup(cleanup_, place_of_reports<Node>{node});
                });
            } catch (...) {
                thrown = std::current_exception();
            }
            if (!adopted)
                return replace(node, std::move(thrown));
            // While the cleanup is in flight neither its loop nor downstream's ends (E5).
            try {
                shielded_.emplace(node.get_executor(), downstream_);
            } catch (...) {
                return replace(node, std::current_exception());
            }
            drained_.running = &shielded_->signal;
            node.adopt(std::move(*adopted));
        } else {
            std::exception_ptr thrown;
            try {
                run_cleanup(cleanup_, place_of_reports<Node>{node});
            } catch (...) {
                thrown = std::current_exception();
            }
            if (thrown)
                replace(node, std::move(thrown));
            else
                pass(node);
        }
    }

    template <class Node, class... Ignored>
    void adopted(Node& node, Ignored&&...)
    {
        pass(node);
    }

    template <class Node>
    void adopted_nothing(Node& node)
    {
        pass(node);
    }

    template <class Node>
    void adoption_failed(Node& node, reason why)
    {
        replace(node, std::move(why));
    }

    // The loop died before the cleanup had run, or had come to its end.
    void abandoned(const std::source_location& where, context_record* context) noexcept
    {
        if (!pending_)
            return;
        if (has_started())
            report_abandoned_cleanup(where, context);
        else
            abandon_cleanup(cleanup_, where, context);
    }

    // Not the node's own signal but one that nobody else can reach: the cleanup is shielded (X2).
    [[nodiscard]] boost::asio::cancellation_slot slot(boost::asio::cancellation_signal&) noexcept
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

    static constexpr bool adopts = is_asynchronous<Cleanup>;
    static constexpr bool bound = has_associated_executor<Cleanup>;
    static constexpr bool undecided_executor = false;
    static constexpr bool shields_adoptable = true;

    [[nodiscard]] context_ref context(const loop<Executor>& home, bool) const noexcept
    {
        return home.context();
    }

    void enqueue(continuation& node, const loop<Executor>& home, bool) const noexcept
    {
        drained_.operation_ended();
        home.enqueue(node);
    }

private:
    struct work_guards {
        work_guard<Executor> cleanup;
        std::optional<work_guard<PromiseExecutor>> downstream;
    };

    struct shield {
        shield(const Executor& cleanup, const loop<PromiseExecutor>& downstream)
            : guards{work_guard<Executor>(cleanup), std::nullopt}
        {
            if (downstream.alive())
                guards.downstream.emplace(downstream.executor());
        }

        shield(const Executor& cleanup, const no_executor&)
            : guards{work_guard<Executor>(cleanup), std::nullopt}
        {
        }

        work_guards guards;
        boost::asio::cancellation_signal signal;
    };

    template <class Node>
    struct place_of_reports {
        Node& node;

        [[nodiscard]] const std::source_location& where() const noexcept { return node.where(); }
        [[nodiscard]] context_record* context() const noexcept
        {
            return node.home().report_context();
        }
    };

    [[nodiscard]] bool has_started() const noexcept
    {
        if constexpr (is_asynchronous<Cleanup>)
            return shielded_.has_value();
        else
            return false;
    }

    template <class Node>
    void pass(Node& node)
    {
        pending_.ran();
        drained_.cleanup_ended();
        node.pass();
    }

    template <class Node>
    void replace(Node& node, reason why)
    {
        if constexpr (is_infallible<Cleanup>) {
            // Not the cleanup's failure: what was to wait for it could not, or was dropped.
            count_failed_cleanup();
            emit(report_kind::cleanup_failed, why, node.where(), node.home().report_context());
            return pass(node);
        }
        pending_.ran();
        drained_.cleanup_ended();
        count_failed_cleanup();
        if (!node.source().fulfilled())
            why.suppress(node.source().take_why());
        node.reject(std::move(why));
    }

    [[no_unique_address]] Cleanup cleanup_;
    pending_cleanup pending_;
    [[no_unique_address]] downstream_loop downstream_;
    [[no_unique_address]] std::conditional_t<is_asynchronous<Cleanup>, std::optional<shield>,
                                             nothing> shielded_;
    // Last, so that it goes first.
    [[no_unique_address]] std::conditional_t<is_asynchronous<Cleanup>, drained_reaction<Executor>,
                                             not_drained> drained_;
};

} // namespace settle::detail
