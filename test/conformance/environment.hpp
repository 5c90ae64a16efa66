// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "js_value.hpp"

#include <settle/resolver.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <node_api.h>

#include <forward_list>
#include <optional>

namespace conformance {

/// What the addon keeps for each JavaScript environment: the io_context that settle posts to, which
/// runs on Node's loop.
class environment {
public:
    /// Makes the environment's own and hands it to Node, which destroys it.
    static environment& create(napi_env env);
    [[nodiscard]] static environment& of(napi_env env);

    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }

    /// To be called when something may have been posted: an immediate of Node's will run it, and
    /// come again for as long as the io_context has work.
    void wake();

    /// A promise of JavaScript's stays pending when nobody can resolve it any more, where settle
    /// calls it broken: so its resolver lives as long as the environment.
    void keep(const settle::resolver<js_value>& undecided);

    /// The class of the promises' JavaScript objects.
    std::optional<js_value> promise_class;

private:
    explicit environment(napi_env env);

    void schedule();
    void pump();

    napi_env env_;
    bool scheduled_ = false;
    std::optional<js_value> pump_;
    std::forward_list<settle::resolver<js_value>> kept_;
    // Destroyed first: by then a resolver that goes breaks nothing.
    boost::asio::io_context context_{1};
};

} // namespace conformance
