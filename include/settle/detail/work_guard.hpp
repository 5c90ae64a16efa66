// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/initiation_executor.hpp>

#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/prefer.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Keeps an executor's loop running for as long as it exists.
template <class Executor, bool IsExecutor = boost::asio::execution::is_executor<Executor>::value>
class work_guard {
public:
    explicit work_guard(const Executor& executor)
        : tracked_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked))
    {
    }

private:
    std::decay_t<typename boost::asio::prefer_result<
        const Executor&, boost::asio::execution::outstanding_work_t::tracked_t>::type>
        tracked_;
};

// A Networking TS executor.
template <class Executor>
class work_guard<Executor, false> {
public:
    explicit work_guard(const Executor& executor)
        : guard_(executor)
    {
    }

private:
    boost::asio::executor_work_guard<Executor> guard_;
};

template <>
class work_guard<no_executor, false> {
public:
    explicit work_guard(no_executor) noexcept {}
};

} // namespace settle::detail
