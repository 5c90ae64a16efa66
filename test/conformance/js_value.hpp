// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <node_api.h>

#include <exception>
#include <memory>

namespace conformance {

/// Any JavaScript value, kept alive. Copies share one reference.
///
/// Thread safety: for the thread of its environment alone, as all of Node-API.
class js_value {
public:
    js_value(napi_env env, napi_value value);

    [[nodiscard]] napi_env env() const noexcept;

    /// The value, in the handle scope that is open.
    [[nodiscard]] napi_value get() const;

private:
    class reference;
    std::shared_ptr<const reference> reference_;
};

/// A JavaScript value that was thrown, or that a promise was rejected with.
class js_exception : public std::exception {
public:
    explicit js_exception(js_value thrown) noexcept;

    [[nodiscard]] const char* what() const noexcept override;
    [[nodiscard]] const js_value& thrown() const noexcept { return thrown_; }

private:
    js_value thrown_;
};

} // namespace conformance
