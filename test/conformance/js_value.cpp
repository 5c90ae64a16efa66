// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "js_value.hpp"

#include "node.hpp"

#include <utility>

namespace conformance {

// Node-API refers to objects only, so the value is the one element of an array.
class js_value::reference {
public:
    reference(napi_env env, napi_value value)
        : env_(env)
    {
        napi_value box;
        check(env, napi_create_array_with_length(env, 1, &box));
        check(env, napi_set_element(env, box, 0, value));
        check(env, napi_create_reference(env, box, 1, &reference_));
    }

    reference(const reference&) = delete;
    reference& operator=(const reference&) = delete;

    ~reference() { napi_delete_reference(env_, reference_); }

    [[nodiscard]] napi_env env() const noexcept { return env_; }

    [[nodiscard]] napi_value get() const
    {
        napi_value box, value;
        check(env_, napi_get_reference_value(env_, reference_, &box));
        check(env_, napi_get_element(env_, box, 0, &value));
        return value;
    }

private:
    napi_env env_;
    napi_ref reference_ = nullptr;
};

js_value::js_value(napi_env env, napi_value value)
    : reference_(std::make_shared<const reference>(env, value))
{
}

napi_env js_value::env() const noexcept
{
    return reference_->env();
}

napi_value js_value::get() const
{
    return reference_->get();
}

js_exception::js_exception(js_value thrown) noexcept
    : thrown_(std::move(thrown))
{
}

const char* js_exception::what() const noexcept
{
    return "a JavaScript value was thrown";
}

} // namespace conformance
