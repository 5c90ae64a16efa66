// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>

/// Asynchronous cleanup and promises on Boost.Asio.
namespace settle {

namespace asio = boost::asio;

class reason;
struct report;

template <class T, class Executor = asio::any_io_executor>
class promise;

template <class T, class Executor = asio::any_io_executor>
class shared_promise;

template <class T, class Executor = asio::any_io_executor>
class resolver;

template <class Executor = asio::any_io_executor>
class use_promise_t;

template <class X>
struct adoption;

} // namespace settle
