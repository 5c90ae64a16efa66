// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "environment.hpp"

#include "node.hpp"

#include <memory>

namespace conformance {

environment::environment(napi_env env)
    : env_(env)
{
    pump_.emplace(env, make_function(env, "pump", [this](napi_value) { pump(); }));
}

environment& environment::create(napi_env env)
{
    std::unique_ptr<environment> made(new environment(env));
    const auto destroy = [](napi_env, void* data, void*) {
        delete static_cast<environment*>(data);
    };
    check(env, napi_set_instance_data(env, made.get(), destroy, nullptr));
    return *made.release();
}

environment& environment::of(napi_env env)
{
    void* data = nullptr;
    check(env, napi_get_instance_data(env, &data));
    return *static_cast<environment*>(data);
}

void environment::wake()
{
    if (!scheduled_)
        schedule();
}

void environment::keep(const settle::resolver<js_value>& undecided)
{
    kept_.push_front(undecided);
}

void environment::schedule()
{
    napi_value global;
    check(env_, napi_get_global(env_, &global));
    call(env_, global, property(env_, global, "setImmediate"), {pump_->get()});
    scheduled_ = true;
}

void environment::pump()
{
    // What the handlers post meanwhile runs in the same poll.
    context_.restart();
    context_.poll();
    scheduled_ = false;
    if (!context_.stopped())
        schedule();
}

} // namespace conformance
