// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "js_value.hpp"

#include <settle/resolver.hpp>
#include <settle/shared_promise.hpp>

#include <node_api.h>

namespace conformance {

/// Makes the JavaScript class whose `then` is that of settle::shared_promise.
void define_promise_class(napi_env env);

/// A JavaScript object for a promise.
[[nodiscard]] napi_value wrap(napi_env env, settle::shared_promise<js_value> promise);

/// The functions that decide a promise; each keeps a resolver.
[[nodiscard]] napi_value resolve_function(napi_env env, const settle::resolver<js_value>& decides);
[[nodiscard]] napi_value reject_function(napi_env env, const settle::resolver<js_value>& decides);

} // namespace conformance
