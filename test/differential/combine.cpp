// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "machine.hpp"

#include <settle/aggregate_error.hpp>
#include <settle/combinators.hpp>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace differential {
namespace {

// What a combinator ends with is told, and boiled down to a number as interpreter.mjs does it.
class gathering {
public:
    gathering(machine& home, int node)
        : home_(home)
        , node_(node)
    {
    }

    void add(int value)
    {
        home_.story().gathered(node_, std::to_string(value));
        add_number(value);
    }

    void add(const settle::reason& why)
    {
        const auto told = tell(why);
        home_.story().gathered(node_, told.text);
        add_number(told.number + 500);
    }

    void add(const settle::outcome<int>& settled)
    {
        if (settled)
            add(*settled);
        else
            add(settled.error());
    }

    [[nodiscard]] int sum() const { return sum_; }

private:
    void add_number(int number) { sum_ = (sum_ * 31 + number) % machine::modulus; }

    machine& home_;
    int node_;
    int sum_ = 7;
};

// Links what a combinator returned to the number that a program reckons with.
class gatherer {
public:
    gatherer(machine& home, int node)
        : home_(&home)
        , node_(node)
    {
    }

    template <class Element>
    any_promise operator()(settle::promise<std::vector<Element>> all) const
    {
        return std::move(all).then([*this](const std::vector<Element>& elements) {
            gathering found(*home_, node_);
            for (const auto& element : elements)
                found.add(element);
            return found.sum();
        });
    }

    template <class Element>
    any_promise operator()(settle::promise<std::tuple<Element, Element>> all) const
    {
        return std::move(all).then([*this](const Element& first, const Element& second) {
            gathering found(*home_, node_);
            found.add(first);
            found.add(second);
            return found.sum();
        });
    }

    any_promise operator()(settle::promise<int> first) const
    {
        return std::move(first).catch_(
            [*this](const settle::aggregate_error& all) -> settle::outcome<int> {
                gathering found(*home_, node_);
                for (const auto& why : all.reasons())
                    found.add(why);
                return reason_of({false, found.sum()});
            });
    }

private:
    machine* home_;
    int node_;
};

template <class... Inputs>
any_promise combine_inputs(machine& home, const statement& step, Inputs&&... inputs)
{
    const gatherer gather(home, step.node);
    switch (step.expression.kind) {
    case expression_kind::all:
        return gather(settle::all(std::forward<Inputs>(inputs)...));
    case expression_kind::all_settled:
        return gather(settle::all_settled(std::forward<Inputs>(inputs)...));
    case expression_kind::any:
        return gather(settle::any(std::forward<Inputs>(inputs)...));
    default:
        return settle::race(std::forward<Inputs>(inputs)...);
    }
}

template <class Use>
any_promise with_input(machine& home, int node, Use use)
{
    if (home.is_shared(node))
        return use(home.take<shared<int>>(node));
    return use(home.take<unique<int>>(node));
}

template <class Promise>
any_promise combine_range(machine& home, const statement& step)
{
    std::vector<Promise> promises;
    for (const int source : step.expression.sources)
        promises.push_back(home.take<Promise>(source));
    return combine_inputs(home, step, home.executor(), std::move(promises));
}

} // namespace

any_promise combine(machine& home, const statement& step)
{
    const auto& sources = step.expression.sources;
    if (!step.expression.arguments) {
        if (!sources.empty() && home.is_shared(sources.front()))
            return combine_range<shared<int>>(home, step);
        return combine_range<unique<int>>(home, step);
    }
    return with_input(home, sources.front(), [&]<class First>(First&& first) {
        return with_input(home, sources.back(), [&]<class Second>(Second&& second) {
            return combine_inputs(home, step, std::forward<First>(first),
                                  std::forward<Second>(second));
        });
    });
}

} // namespace differential
