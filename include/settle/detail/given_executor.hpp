// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <memory>

namespace settle::detail {

/// An executor or none. A literal type, which not every standard library's optional of one is.
template <class Executor>
class given_executor {
public:
    constexpr given_executor() noexcept {}

    explicit given_executor(const Executor& executor) noexcept
        : given_(true)
    {
        std::construct_at(&place_.executor, executor);
    }

    given_executor(const given_executor& other) noexcept { take(other); }

    given_executor& operator=(const given_executor& other) noexcept
    {
        if (this != &other) {
            drop();
            take(other);
        }
        return *this;
    }

    constexpr ~given_executor() { drop(); }

    [[nodiscard]] const Executor* get() const noexcept
    {
        return given_ ? &place_.executor : nullptr;
    }

private:
    union place {
        constexpr place() noexcept
            : none()
        {
        }
        constexpr ~place() {}

        char none;
        Executor executor;
    };

    void take(const given_executor& other) noexcept
    {
        if (other.given_)
            std::construct_at(&place_.executor, other.place_.executor);
        given_ = other.given_;
    }

    constexpr void drop() noexcept
    {
        if (given_)
            std::destroy_at(&place_.executor);
        given_ = false;
    }

    place place_;
    bool given_ = false;
};

} // namespace settle::detail
