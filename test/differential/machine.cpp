// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "machine.hpp"

#include <stdexcept>
#include <utility>

namespace differential {

std::string machine::run(const program& statements)
{
    find_shared(statements);
    for (const auto& step : statements) {
        if (step.kind == statement_kind::tick) {
            run_dry();
            story_.next_tick();
        } else {
            execute(step);
        }
    }
    run_dry();
    story_.next_tick();
    for (const int node : late_)
        watch(node);
    run_dry();
    return story_.text();
}

// Whether a handler returns a shared promise is part of its type, and asked before the promise
// exists.
void machine::find_shared(const std::vector<statement>& statements)
{
    for (const auto& step : statements) {
        if (step.kind != statement_kind::node)
            continue;
        shared_[step.node] = step.shared;
        for (const auto* function : {&step.expression.body, &step.expression.on_error})
            if (*function)
                find_shared((*function)->statements);
    }
}

void machine::run_dry()
{
    context_.restart();
    for (int left = 100'000; context_.poll_one() != 0;)
        if (--left == 0)
            throw std::runtime_error("the loop does not run dry");
}

void machine::execute(const std::vector<statement>& statements)
{
    for (const auto& step : statements)
        execute(step);
}

void machine::execute(const statement& step)
{
    if (step.kind != statement_kind::node)
        return decide(step);
    auto made = create(step);
    if (step.shared)
        made = std::visit(
            []<class P>(P& p) -> any_promise {
                if constexpr (std::is_copy_constructible_v<P>)
                    return p;
                else
                    return std::move(p).share();
            },
            made);
    promises_.emplace(step.node, std::move(made));
    if (step.watching == watching::watched)
        watch(step.node);
    if (step.watching == watching::late)
        late_.push_back(step.node);
}

void machine::watch(int node)
{
    story_.pending(node);
    const auto rejected = [this, node](const settle::reason& why) {
        story_.settled(node, "rejected " + tell(why).text);
    };
    const auto attach = [&]<class P>(P&& p) {
        if constexpr (std::is_void_v<typename std::remove_reference_t<P>::value_type>)
            std::forward<P>(p)
                .then([this, node] { story_.settled(node, "fulfilled"); }, rejected)
                .detach();
        else
            std::forward<P>(p)
                .then(
                    [this, node](int value) {
                        story_.settled(node, "fulfilled " + std::to_string(value));
                    },
                    rejected)
                .detach();
    };
    std::visit(
        [&]<class P>(P& p) {
            if constexpr (std::is_copy_constructible_v<P>)
                attach(p);
            else
                attach(std::move(p));
        },
        promise(node));
}

void machine::decide(const statement& step)
{
    // A copy: what is resolved with may be dropped by the decision.
    const auto decider = resolvers_.at(step.node);
    const bool did = std::visit(
        [&]<class T>(const settle::resolver<T>& its) {
            if (step.kind == statement_kind::reject)
                return its.reject(reason_of(step.error));
            const auto& plan = step.result;
            switch (plan.kind) {
            case result_kind::node:
                if (is_shared(plan.node))
                    return its.resolve(returned<shared<T>>(plan, {}, step.node));
                return its.resolve(returned<unique<T>>(plan, {}, step.node));
            case result_kind::self:
                return its.resolve(returned<shared<T>>(plan, {}, step.node));
            case result_kind::thenable:
                return its.resolve(returned<thenable<T>>(plan, {}, step.node));
            default:
                if constexpr (std::is_void_v<T>)
                    return its.resolve();
                else if (plan.kind == result_kind::value)
                    return its.resolve(plan.number);
                else
                    return its.resolve(returned<settle::outcome<int>>(plan, {}, step.node));
            }
        },
        decider);
    story_.decided(step.node, did);
}

any_promise machine::create(const statement& step)
{
    switch (step.expression.kind) {
    case expression_kind::then:
        return attach_then(*this, step);
    case expression_kind::catch_:
        return attach_catch(*this, step);
    case expression_kind::finally:
        return attach_finally(*this, step);
    case expression_kind::attempt:
        return attempt(*this, step);
    case expression_kind::all:
    case expression_kind::all_settled:
    case expression_kind::any:
    case expression_kind::race:
        return combine(*this, step);
    default:
        if (step.expression.type == value_type::nothing)
            return create_source<void>(step);
        return create_source<int>(step);
    }
}

template <class T>
any_promise machine::create_source(const statement& step)
{
    switch (step.expression.kind) {
    case expression_kind::value:
        return settle::resolved(executor(), step.expression.number);
    case expression_kind::nothing:
        return settle::resolved(executor());
    case expression_kind::error:
        return settle::rejected<T>(executor(), reason_of(step.expression.error));
    case expression_kind::construct:
        return construct<T>(step);
    default: {
        auto [promise, resolver] = settle::with_resolvers<T>(executor());
        resolvers_.emplace(step.node, std::move(resolver));
        return std::move(promise);
    }
    }
}

template <class T>
any_promise machine::construct(const statement& step)
{
    return unique<T>(executor(), [&](settle::resolver<T> resolver) {
        resolvers_.emplace(step.node, std::move(resolver));
        perform<void>(*step.expression.body, {}, step.node);
    });
}

} // namespace differential
