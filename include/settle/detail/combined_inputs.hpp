// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/combined_input.hpp>
#include <settle/detail/promise_access.hpp>
#include <settle/detail/signature.hpp>

#include <cstddef>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

namespace settle::detail {

// What a combinator was given. `inputs` is the part of a combination that waits for it, `collected`
// the type of one thing of each.

/// Promises, each of its own type.
template <class... Sources>
struct input_pack {
    using value_types = type_list<typename Sources::value_type...>;

    template <template <class> class Each>
    using collected = std::tuple<Each<typename Sources::value_type>...>;

    template <class Combination>
    class inputs {
    public:
        template <class... Handles>
        explicit inputs(Combination& owner, Handles&... handles)
            : inputs_(made_from<Handles>{owner, handles}...)
        {
        }

        [[nodiscard]] static constexpr std::size_t size() noexcept { return sizeof...(Sources); }

        template <class... Handles>
        void attach(Handles&... handles) noexcept
        {
            std::apply(
                [&](auto&... input) { (promise_access::attach(handles, input.waiting), ...); },
                inputs_);
        }

        template <class Function>
        void for_each(Function function)
        {
            std::apply([&](auto&... input) { (function(input.waiting), ...); }, inputs_);
        }

        template <class Function>
        void for_first(Function function)
        {
            function(std::get<0>(inputs_).waiting);
        }

        /// One thing of each, in their order.
        template <class Collected, class Function>
        [[nodiscard]] Collected collect(Function take)
        {
            return std::apply([&](auto&... input) { return Collected(take(input.waiting)...); },
                              inputs_);
        }

    private:
        template <class Handle>
        struct made_from {
            Combination& owner;
            Handle& handle;
        };

        template <class Source>
        struct member {
            template <class Handle>
            explicit member(made_from<Handle> made)
                : waiting(made.owner, made.handle)
            {
            }

            combined_input<Source, Combination> waiting;
        };

        std::tuple<member<Sources>...> inputs_;
    };
};

/// Any number of promises of one type.
template <class Source>
struct input_range {
    using value_types = type_list<typename Source::value_type>;

    template <template <class> class Each>
    using collected = std::vector<Each<typename Source::value_type>>;

    template <class Combination>
    class inputs {
    public:
        template <class Handle>
        explicit inputs(Combination& owner, std::vector<Handle>& handles)
        {
            for (auto& handle : handles)
                inputs_.emplace_back(owner, handle);
        }

        [[nodiscard]] std::size_t size() const noexcept { return inputs_.size(); }

        template <class Handle>
        void attach(std::vector<Handle>& handles) noexcept
        {
            auto input = inputs_.begin();
            for (auto& handle : handles)
                promise_access::attach(handle, *input++);
        }

        template <class Function>
        void for_each(Function function)
        {
            for (auto& input : inputs_)
                function(input);
        }

        template <class Collected, class Function>
        [[nodiscard]] Collected collect(Function take)
        {
            Collected all;
            all.reserve(inputs_.size());
            for (auto& input : inputs_)
                all.push_back(take(input));
            return all;
        }

    private:
        // Never moved: what waits is known by its address.
        std::deque<combined_input<Source, Combination>> inputs_;
    };
};

} // namespace settle::detail
