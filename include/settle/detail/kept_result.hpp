// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/signature.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>

#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace settle::detail {

/// How an argument is kept while the cleanup runs: by value, except what the operation hands out by
/// reference to change.
template <class Parameter>
struct kept_argument {
    using type = std::decay_t<Parameter>;
};

template <class T>
struct kept_argument<T&> {
    using type = T&;
};

template <class T>
struct kept_argument<const T&> {
    static_assert(
        std::is_copy_constructible_v<T>,
        "settle: this operation hands out a const reference to what cannot be copied, and "
        "so cannot be kept while the cleanup runs; make the cleanup synchronous");
    using type = T;
};

template <class Parameter>
using kept_argument_t = typename kept_argument<Parameter>::type;

template <class Signature>
using kept_arguments = boost::mp11::mp_rename<
    boost::mp11::mp_transform<kept_argument_t, typename signature_traits<Signature>::arguments>,
    std::tuple>;

/// The arguments of the signature that an operation completed with.
template <class Signature>
struct kept_result {
    template <class... Args>
    explicit kept_result(std::in_place_t, Args&&... args)
        : arguments(std::forward<Args>(args)...)
    {
    }

    kept_arguments<Signature> arguments;
};

template <class... Signatures>
using any_kept_result = boost::mp11::mp_rename<
    boost::mp11::mp_push_front<
        boost::mp11::mp_transform<
            kept_result, boost::mp11::mp_remove_if<boost::mp11::mp_unique<type_list<Signatures...>>,
                                                   is_progress>>,
        std::monostate>,
    std::variant>;

} // namespace settle::detail
