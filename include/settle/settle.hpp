// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/adoption.hpp>
#include <settle/aggregate_error.hpp>
#include <settle/async_drain.hpp>
#include <settle/best_effort.hpp>
#include <settle/cleanup_stack.hpp>
#include <settle/combinators.hpp>
#include <settle/config.hpp>
#include <settle/coroutine.hpp>
#include <settle/decorators.hpp>
#include <settle/error.hpp>
#include <settle/finally.hpp>
#include <settle/fwd.hpp>
#include <settle/on_abandon.hpp>
#include <settle/outcome.hpp>
#include <settle/promise.hpp>
#include <settle/reason.hpp>
#include <settle/report.hpp>
#include <settle/resolver.hpp>
#include <settle/shared_promise.hpp>
#include <settle/use_promise.hpp>
#include <settle/within.hpp>
