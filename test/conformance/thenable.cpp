// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "thenable.hpp"

#include "js_promise.hpp"
#include "node.hpp"

using conformance::js_result;
using conformance::js_value;

bool settle::adoption<js_result>::adopt(js_result&& result, settle::resolver<js_value> decides)
{
    const auto env = result.value().env();
    const conformance::handle_scope scope(env);
    const auto value = result.value().get();
    if (!conformance::is_object(env, value))
        return false;
    // Read once: it may be a getter. What it throws, and what then() throws below, rejects.
    const auto then = conformance::property(env, value, "then");
    if (!conformance::is_function(env, then))
        return false;
    conformance::call(
        env, value, then,
        {conformance::resolve_function(env, decides), conformance::reject_function(env, decides)});
    return true;
}
