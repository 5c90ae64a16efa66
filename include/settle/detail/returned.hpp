// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// A place for what a call returns, made there without a move. Not std::optional, whose emplace
/// would hand a stand-in for the call to types that can be made from anything, such as std::any.
template <class Result>
class returned {
public:
    returned() noexcept {}
    returned(const returned&) = delete;
    returned& operator=(const returned&) = delete;

    ~returned()
    {
        if (engaged_)
            std::destroy_at(std::addressof(value_));
    }

    template <class Call>
    void emplace_from(Call&& call)
    {
        ::new (static_cast<void*>(std::addressof(value_))) Result(std::forward<Call>(call)());
        engaged_ = true;
    }

    [[nodiscard]] explicit operator bool() const noexcept { return engaged_; }
    [[nodiscard]] Result& operator*() noexcept { return value_; }

private:
    union {
        Result value_;
    };
    bool engaged_ = false;
};

} // namespace settle::detail
