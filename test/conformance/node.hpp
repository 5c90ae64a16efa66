// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "js_value.hpp"

#include <node_api.h>

#include <exception>
#include <functional>
#include <initializer_list>

// Node-API as C++ wants it: failures are exceptions, a function may be a lambda with captures.
namespace conformance {

/// Throws what a call into Node-API failed with: a js_exception where JavaScript threw.
void check(napi_env env, napi_status status);

/// The napi_values made while it is open live until it is closed.
class handle_scope {
public:
    explicit handle_scope(napi_env env);
    handle_scope(const handle_scope&) = delete;
    handle_scope& operator=(const handle_scope&) = delete;
    ~handle_scope();

private:
    napi_env env_;
    napi_handle_scope scope_ = nullptr;
};

[[nodiscard]] napi_value undefined(napi_env env);
[[nodiscard]] bool is_function(napi_env env, napi_value value);
/// What may have properties: an object or a function.
[[nodiscard]] bool is_object(napi_env env, napi_value value);
[[nodiscard]] napi_value property(napi_env env, napi_value object, const char* name);
void set_property(napi_env env, napi_value object, const char* name, napi_value value);

napi_value call(napi_env env, napi_value receiver, napi_value function,
                std::initializer_list<napi_value> arguments);

/// A JavaScript function of one parameter. It owns `body`.
[[nodiscard]] napi_value make_function(napi_env env, const char* name,
                                       std::function<void(napi_value)> body);

/// Runs what JavaScript has called; what it throws is thrown in JavaScript.
template <class Body>
napi_value guarded(napi_env env, Body&& body) noexcept
{
    try {
        return body();
    } catch (const js_exception& e) {
        napi_throw(env, e.thrown().get());
    } catch (const std::exception& e) {
        napi_throw_error(env, nullptr, e.what());
    }
    return nullptr;
}

} // namespace conformance
