// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "js_promise.hpp"

#include "environment.hpp"
#include "node.hpp"
#include "thenable.hpp"

#include <settle/error.hpp>
#include <settle/promise.hpp>
#include <settle/reason.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace conformance {

namespace {

using shared = settle::shared_promise<js_value>;

// Tells the objects made here from all others.
constexpr napi_type_tag promise_tag = {0x5e771e5e771e0001, 0xc0f0c0f0c0f00001};

/// The promise behind a JavaScript object, or null where that is something else.
shared* unwrap(napi_env env, napi_value value)
{
    if (!is_object(env, value))
        return nullptr;
    bool ours = false;
    check(env, napi_check_object_type_tag(env, value, &promise_tag, &ours));
    if (!ours)
        return nullptr;
    void* promise = nullptr;
    check(env, napi_unwrap(env, value, &promise));
    return static_cast<shared*>(promise);
}

/// A promise of settle's is returned as such, so that settle sees where a promise would wait for
/// itself; anything else goes through the adoption of js_result.
shared promise_of(napi_env env, napi_value result)
{
    if (const auto* promise = unwrap(env, result))
        return *promise;
    return settle::resolved(environment::of(env).executor(), js_result(js_value(env, result)))
        .share();
}

napi_value error_object(napi_env env, const settle::reason& why)
{
    const auto text = why.message();
    napi_value message, error;
    check(env, napi_create_string_utf8(env, text.c_str(), text.size(), &message));
    const auto create =
        why.code() == settle::errc::self_resolution ? napi_create_type_error : napi_create_error;
    check(env, create(env, nullptr, message, &error));
    return error;
}

napi_value rejected_with(napi_env env, const settle::reason& why)
{
    try {
        why.rethrow();
    } catch (const js_exception& e) {
        return e.thrown().get();
    } catch (...) {
        return error_object(env, why);
    }
}

shared call_handler(const js_value& handler, napi_value argument)
{
    const auto env = handler.env();
    return promise_of(env, call(env, undefined(env), handler.get(), {argument}));
}

// Empty where JavaScript was given no function: settle then passes the outcome through.

std::function<shared(const js_value&)> value_handler(napi_env env, napi_value function)
{
    if (!is_function(env, function))
        return nullptr;
    return [handler = js_value(env, function)](const js_value& value) {
        const handle_scope scope(handler.env());
        return call_handler(handler, value.get());
    };
}

std::function<shared(const settle::reason&)> rejection_handler(napi_env env, napi_value function)
{
    if (!is_function(env, function))
        return nullptr;
    return [handler = js_value(env, function)](const settle::reason& why) {
        const handle_scope scope(handler.env());
        return call_handler(handler, rejected_with(handler.env(), why));
    };
}

napi_value then(napi_env env, napi_callback_info info)
{
    return guarded(env, [&]() -> napi_value {
        std::size_t count = 2;
        napi_value handlers[2], self;
        check(env, napi_get_cb_info(env, info, &count, handlers, &self, nullptr));
        const auto* promise = unwrap(env, self);
        if (!promise) {
            napi_throw_type_error(env, nullptr, "not a promise of settle's");
            return nullptr;
        }
        auto next =
            promise->then(value_handler(env, handlers[0]), rejection_handler(env, handlers[1]));
        environment::of(env).wake();
        return wrap(env, std::move(next).share());
    });
}

// Promises are made by the addon alone: wrap() fills the object in.
napi_value construct(napi_env env, napi_callback_info info)
{
    napi_value self = nullptr;
    napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr);
    return self;
}

} // namespace

void define_promise_class(napi_env env)
{
    const napi_property_descriptor members[] = {
        {"then", nullptr, then, nullptr, nullptr, nullptr, napi_default_method, nullptr},
    };
    napi_value made;
    check(env, napi_define_class(env, "SettlePromise", NAPI_AUTO_LENGTH, construct, nullptr,
                                 std::size(members), members, &made));
    environment::of(env).promise_class.emplace(env, made);
}

napi_value wrap(napi_env env, settle::shared_promise<js_value> promise)
{
    auto owned = std::make_unique<shared>(std::move(promise));
    const auto destroy = [](napi_env, void* data, void*) { delete static_cast<shared*>(data); };
    napi_value object;
    check(env,
          napi_new_instance(env, environment::of(env).promise_class->get(), 0, nullptr, &object));
    check(env, napi_type_tag_object(env, object, &promise_tag));
    check(env, napi_wrap(env, object, owned.get(), destroy, nullptr, nullptr));
    static_cast<void>(owned.release());
    return object;
}

napi_value resolve_function(napi_env env, const settle::resolver<js_value>& decides)
{
    environment::of(env).keep(decides);
    return make_function(env, "resolve", [env, decides](napi_value value) {
        if (const auto* promise = unwrap(env, value))
            decides.resolve(shared(*promise));
        else
            decides.resolve(js_result(js_value(env, value)));
        environment::of(env).wake();
    });
}

napi_value reject_function(napi_env env, const settle::resolver<js_value>& decides)
{
    environment::of(env).keep(decides);
    return make_function(env, "reject", [env, decides](napi_value why) {
        decides.reject(js_exception(js_value(env, why)));
        environment::of(env).wake();
    });
}

} // namespace conformance
