// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/default_token.hpp>

#include <concepts>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// The completion token that `finally(cleanup, token)` makes. Where cleanup and token can be made
/// from nothing it can be the default of an I/O object:
///
///     using guarded = settle::finally_t<release_lease, asio::use_awaitable_t<>>;
///     guarded::as_default_on_t<asio::ip::tcp::socket> socket(context);
///     co_await socket.async_read_some(buffer);
template <class Cleanup, class Token>
class finally_t : public detail::default_token<finally_t<Cleanup, Token>> {
public:
    explicit finally_t(std::source_location where = std::source_location::current())
        requires std::default_initializable<Cleanup> && std::default_initializable<Token>
        : cleanup_()
        , token_()
        , where_(where)
    {
    }

    template <class C, class T>
    finally_t(C&& cleanup, T&& token, std::source_location where)
        : cleanup_(std::forward<C>(cleanup))
        , token_(std::forward<T>(token))
        , where_(where)
    {
    }

    [[nodiscard]] const Cleanup& cleanup() const& noexcept { return cleanup_; }
    [[nodiscard]] Cleanup&& cleanup() && noexcept { return std::move(cleanup_); }
    [[nodiscard]] Token& token() noexcept { return token_; }
    [[nodiscard]] const Token& token() const noexcept { return token_; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

private:
    [[no_unique_address]] Cleanup cleanup_;
    [[no_unique_address]] Token token_;
    std::source_location where_;
};

} // namespace settle
