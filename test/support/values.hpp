// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <exception>
#include <stdexcept>
#include <utility>

namespace support {

/// What an operation fails with in a test, and what its cleanup fails with.
struct operation_error : std::runtime_error {
    operation_error()
        : runtime_error("operation_error")
    {
    }
};

struct cleanup_error : std::runtime_error {
    cleanup_error()
        : runtime_error("cleanup_error")
    {
    }
};

/// Whether an exception's dynamic type is E, as a `catch (const E&)` sees it.
template <class E>
[[nodiscard]] bool holds(const std::exception_ptr& exception)
{
    try {
        if (exception)
            std::rethrow_exception(exception);
    } catch (const E&) {
        return true;
    } catch (...) {
    }
    return false;
}

/// A value that counts its copies and is marked when moved from.
class counted {
public:
    counted() = default;

    explicit counted(int id)
        : id_(id)
    {
    }

    counted(const counted& other)
        : id_(other.id_)
    {
        ++copies;
    }

    counted(counted&& other) noexcept
        : id_(std::exchange(other.id_, moved_from))
    {
    }

    counted& operator=(counted other) noexcept
    {
        std::swap(id_, other.id_);
        return *this;
    }

    [[nodiscard]] int id() const noexcept { return id_; }

    static constexpr int moved_from = -1;
    static inline int copies = 0;

private:
    int id_ = 0;
};

} // namespace support
