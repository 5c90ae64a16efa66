// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// rule: P11

#include "environment.hpp"
#include "js_promise.hpp"
#include "node.hpp"

#include <settle/promise.hpp>
#include <settle/report.hpp>
#include <settle/shared_promise.hpp>

#include <node_api.h>

#include <utility>

using namespace conformance;

namespace {

napi_value deferred(napi_env env, napi_callback_info)
{
    return guarded(env, [&] {
        auto [promise, decides] = settle::with_resolvers<js_value>(environment::of(env).executor());
        napi_value made;
        check(env, napi_create_object(env, &made));
        set_property(env, made, "promise", wrap(env, std::move(promise).share()));
        set_property(env, made, "resolve", resolve_function(env, decides));
        set_property(env, made, "reject", reject_function(env, decides));
        return made;
    });
}

} // namespace

NAPI_MODULE_INIT()
{
    return guarded(env, [&] {
        // The suite rejects promises that nobody looks at.
        settle::set_report_handler([](const settle::report&) {});
        environment::create(env);
        define_promise_class(env);
        napi_value function;
        check(env, napi_create_function(env, "deferred", NAPI_AUTO_LENGTH, deferred, nullptr,
                                        &function));
        set_property(env, exports, "deferred", function);
        return exports;
    });
}
