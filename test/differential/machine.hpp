// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "failure.hpp"
#include "program.hpp"
#include "story.hpp"

#include <settle/outcome.hpp>
#include <settle/promise.hpp>
#include <settle/reason.hpp>
#include <settle/resolver.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <concepts>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace differential {

namespace asio = boost::asio;

template <class T>
using shared = settle::shared_promise<T>;
template <class T>
using unique = settle::promise<T>;

using any_promise = std::variant<unique<int>, unique<void>, shared<int>, shared<void>>;
using any_resolver = std::variant<settle::resolver<int>, settle::resolver<void>>;

class machine;

// An adoptable of the user's own: JavaScript's thenable.
template <class T>
struct thenable {
    machine* home;
    const thenable_plan* plan;
};

// What a handler was called with.
struct argument {
    int number = 0;
    settle::reason why;
};

// Runs one program with settle's promises, on a loop of its own.
class machine {
public:
    // What could be seen, in interpreter.mjs's words.
    std::string run(const program& statements);

    [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }
    [[nodiscard]] any_promise& promise(int node) { return promises_.at(node); }
    [[nodiscard]] bool is_shared(int node) const { return shared_.at(node); }
    [[nodiscard]] differential::story& story() { return story_; }

    // Executes a function's statements and returns what it returns; throws what it throws. `self`
    // is the node that the function belongs to.
    template <class Result>
    Result perform(const body& function, const argument& given, int self)
    {
        execute(function.statements);
        if (function.result.kind == result_kind::throws)
            raise(function.result.error);
        if (function.result.kind == result_kind::rethrows)
            given.why.rethrow();
        if constexpr (!std::is_void_v<Result>)
            return returned<Result>(function.result, given, self);
    }

    template <class Result>
    Result returned(const result& plan, const argument& given, int self)
    {
        if constexpr (std::same_as<Result, int>) {
            const int input = plan.kind == result_kind::input ? given.number : 0;
            return (input + plan.number) % modulus;
        } else if constexpr (std::same_as<Result, settle::outcome<int>>) {
            if (plan.kind == result_kind::outcome)
                return plan.number;
            return reason_of(plan.error);
        } else if constexpr (std::same_as<Result, thenable<int>> ||
                             std::same_as<Result, thenable<void>>) {
            return Result{this, &plan.thenable};
        } else {
            return take<Result>(plan.kind == result_kind::self ? self : plan.node);
        }
    }

    // A handle to give away: a copy of a shared promise, a unique one itself.
    template <class Promise>
    Promise take(int node)
    {
        auto& taken = std::get<Promise>(promise(node));
        if constexpr (std::copy_constructible<Promise>)
            return taken;
        else
            return std::move(taken);
    }

    static constexpr int modulus = 1000;

private:
    void find_shared(const std::vector<statement>& statements);
    void execute(const std::vector<statement>& statements);
    void execute(const statement& step);
    void decide(const statement& step);
    void watch(int node);
    void run_dry();

    any_promise create(const statement& step);
    template <class T>
    any_promise create_source(const statement& step);
    template <class T>
    any_promise construct(const statement& step);

    asio::io_context context_{1};
    std::map<int, bool> shared_;
    std::map<int, any_promise> promises_;
    std::map<int, any_resolver> resolvers_;
    std::vector<int> late_;
    differential::story story_;
};

// What the expression of a step makes.
any_promise attach_then(machine& home, const statement& step);
any_promise attach_catch(machine& home, const statement& step);
any_promise attach_finally(machine& home, const statement& step);
any_promise attempt(machine& home, const statement& step);
any_promise combine(machine& home, const statement& step);

} // namespace differential

template <class T>
struct settle::adoption<differential::thenable<T>> {
    using value_type = T;

    static bool adopt(differential::thenable<T>&& adopted, const settle::resolver<T>& decides)
    {
        using enum differential::thenable_kind;
        const auto& plan = *adopted.plan;
        const auto fulfil = [&] {
            if constexpr (std::is_void_v<T>)
                decides.resolve();
            else
                decides.resolve(plan.number);
        };
        switch (plan.how) {
        case fulfils:
            fulfil();
            break;
        case rejects:
            decides.reject(differential::reason_of(plan.error));
            break;
        case throws:
            differential::raise(plan.error);
        case fulfils_then_throws:
            fulfil();
            differential::raise(plan.error);
        case follows:
            follow(std::get<differential::shared<T>>(adopted.home->promise(plan.node)), decides);
            break;
        }
        return true;
    }

private:
    static void follow(const differential::shared<T>& followed, const settle::resolver<T>& decides)
    {
        const auto rejected = [decides](const settle::reason& why) { decides.reject(why); };
        if constexpr (std::is_void_v<T>)
            followed.then([decides] { decides.resolve(); }, rejected).detach();
        else
            followed.then([decides](int value) { decides.resolve(value); }, rejected).detach();
    }
};
