// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <utility>

namespace support {

/// A callable that is no lambda: those are refused as temporaries where GCC 12 would destroy them
/// twice.
template <class F>
class made_callable {
public:
    explicit made_callable(F f)
        : f_(std::move(f))
    {
    }

    decltype(auto) operator()() const noexcept(noexcept(std::declval<const F&>()()))
    {
        return f_();
    }

private:
    F f_;
};

} // namespace support
