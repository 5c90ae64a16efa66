// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/loop.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/signature.hpp>

#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// The state of a promise that an operation decides.
template <class T>
class operation_state final : public promise_state<T> {
public:
    using promise_state<T>::promise_state;

    void release() noexcept override { delete this; }
};

/// The completion handler that decides it: the producer's share.
template <class T, class Executor>
class operation_completion {
public:
    using executor_type = Executor;

    operation_completion(operation_state<T>* state, const loop<Executor>& home)
        : state_(state)
        , loop_(home)
    {
    }

    operation_completion(operation_completion&& other) noexcept
        : state_(std::exchange(other.state_, nullptr))
        , loop_(other.loop_)
    {
    }

    operation_completion& operator=(operation_completion&&) = delete;

    // The operation was dropped without completing.
    ~operation_completion()
    {
        if (state_)
            state_->break_promise(loop_.alive());
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return loop_.executor(); }

    template <class... Args>
    void operator()(Args&&... args)
    {
        auto* state = std::exchange(state_, nullptr);
        if constexpr (slot_of_arguments<Args...> == error_slot::none) {
            state->result().store_value(std::forward<Args>(args)...);
            state->settle();
        } else {
            settle_with_slot(state, std::forward<Args>(args)...);
        }
    }

private:
    template <class Slot, class... Values>
    static void settle_with_slot(operation_state<T>* state, Slot&& slot, Values&&... values)
    {
        if (!slot)
            state->result().store_value(std::forward<Values>(values)...);
        else if constexpr (std::is_same_v<std::remove_cvref_t<Slot>, std::optional<reason>>)
            state->result().store_reason(std::move(*slot));
        else
            state->result().store_reason(std::forward<Slot>(slot));
        state->settle();
    }

    operation_state<T>* state_;
    loop<Executor> loop_;
};

} // namespace settle::detail
