// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/context_service.hpp>
#include <settle/detail/work_guard.hpp>

#include <memory>
#include <new>
#include <utility>

namespace settle::detail {

/// Work on an operation's executor, from the operation's start until downstream is called, as
/// Asio's composed operations have it. The context may be no more by then: then there is nothing to
/// give the work back to, and the guard is forgotten.
template <class Executor>
class operation_work {
public:
    explicit operation_work(const Executor& executor)
        : context_(context_ref_of(executor))
    {
        ::new (static_cast<void*>(std::addressof(guard_))) work_guard<Executor>(executor);
    }

    operation_work(operation_work&& other) noexcept
        : context_(other.context_)
    {
        ::new (static_cast<void*>(std::addressof(guard_)))
            work_guard<Executor>(std::move(other.guard_));
    }

    operation_work& operator=(operation_work&&) = delete;

    ~operation_work()
    {
        if (context_.alive())
            std::destroy_at(std::addressof(guard_));
    }

private:
    context_ref context_;
    union {
        work_guard<Executor> guard_;
    };
};

} // namespace settle::detail
