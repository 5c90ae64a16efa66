// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/resolver.hpp>

#include <functional>
#include <utility>

namespace support {

/// What JavaScript calls a thenable: an object that decides, by a function of its own, what a
/// promise resolved with it ends with.
template <class T>
struct thenable {
    std::function<void(settle::resolver<T>)> then;
};

} // namespace support

template <class T>
struct settle::adoption<support::thenable<T>> {
    using value_type = T;

    static bool adopt(support::thenable<T>&& x, settle::resolver<T> decides)
    {
        x.then(std::move(decides));
        return true;
    }
};
