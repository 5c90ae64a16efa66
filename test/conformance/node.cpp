// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "node.hpp"

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>

namespace conformance {

void check(napi_env env, napi_status status)
{
    if (status == napi_ok)
        return;
    bool thrown = false;
    napi_is_exception_pending(env, &thrown);
    napi_value exception;
    if (thrown && napi_get_and_clear_last_exception(env, &exception) == napi_ok)
        throw js_exception(js_value(env, exception));
    const napi_extended_error_info* info = nullptr;
    napi_get_last_error_info(env, &info);
    throw std::runtime_error(info && info->error_message ? info->error_message : "Node-API failed");
}

handle_scope::handle_scope(napi_env env)
    : env_(env)
{
    check(env, napi_open_handle_scope(env, &scope_));
}

handle_scope::~handle_scope()
{
    napi_close_handle_scope(env_, scope_);
}

napi_value undefined(napi_env env)
{
    napi_value value;
    check(env, napi_get_undefined(env, &value));
    return value;
}

bool is_function(napi_env env, napi_value value)
{
    napi_valuetype type;
    check(env, napi_typeof(env, value, &type));
    return type == napi_function;
}

bool is_object(napi_env env, napi_value value)
{
    napi_valuetype type;
    check(env, napi_typeof(env, value, &type));
    return type == napi_object || type == napi_function;
}

napi_value property(napi_env env, napi_value object, const char* name)
{
    napi_value value;
    check(env, napi_get_named_property(env, object, name, &value));
    return value;
}

void set_property(napi_env env, napi_value object, const char* name, napi_value value)
{
    check(env, napi_set_named_property(env, object, name, value));
}

napi_value call(napi_env env, napi_value receiver, napi_value function,
                std::initializer_list<napi_value> arguments)
{
    napi_value result;
    check(env, napi_call_function(env, receiver, function, arguments.size(), arguments.begin(),
                                  &result));
    return result;
}

namespace {

using function_body = std::function<void(napi_value)>;

napi_value call_body(napi_env env, napi_callback_info info)
{
    return guarded(env, [&] {
        std::size_t count = 1;
        napi_value argument;
        void* body = nullptr;
        check(env, napi_get_cb_info(env, info, &count, &argument, nullptr, &body));
        (*static_cast<function_body*>(body))(argument);
        return undefined(env);
    });
}

void destroy_body(napi_env, void* body, void*)
{
    delete static_cast<function_body*>(body);
}

} // namespace

napi_value make_function(napi_env env, const char* name, std::function<void(napi_value)> body)
{
    auto owned = std::make_unique<function_body>(std::move(body));
    napi_value function;
    check(env,
          napi_create_function(env, name, NAPI_AUTO_LENGTH, call_body, owned.get(), &function));
    check(env, napi_add_finalizer(env, function, owned.get(), destroy_body, nullptr, nullptr));
    static_cast<void>(owned.release());
    return function;
}

} // namespace conformance
