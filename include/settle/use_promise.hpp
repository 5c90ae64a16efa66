// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/default_token.hpp>
#include <settle/detail/given_executor.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/loop.hpp>
#include <settle/detail/signature.hpp>
#include <settle/detail/start_operation.hpp>
#include <settle/fwd.hpp>
#include <settle/promise.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/bad_executor.hpp>
#include <boost/assert.hpp>

#include <concepts>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle {

/// A completion token that makes any Asio operation return a promise:
///
///     settle::promise<std::size_t> p = socket.async_read_some(buffer, settle::use_promise);
///
/// One value gives `promise<T>`, several `promise<std::tuple<...>>`, none `promise<void>`; a first
/// `error_code` or `std::exception_ptr` becomes the rejection. The operation starts at once. One
/// that has several completion signatures must have the same values in all of them; what it says
/// while it goes along (a signature qualified by `&`) is ignored.
///
/// Executor: the promise's is, in this order: the one given to the token
/// (`use_promise_t<E>(executor)`, `bind_executor`), the operation's own, that of the first
/// argument that has one; an operation without any does not compile. It is also where the operation
/// ends: the one given is the handler's associated executor, its own needs no other.
///
/// Complexity: one allocation for the promise, besides the operation's own.
template <class Executor>
class use_promise_t : public detail::default_token<use_promise_t<Executor>> {
public:
    using executor_type = Executor;

    constexpr use_promise_t() noexcept {}

    explicit use_promise_t(const Executor& executor)
        : executor_(executor)
    {
    }

    /// The same with a place of origin, for reports.
    [[nodiscard]] use_promise_t
    at(std::source_location where = std::source_location::current()) const
    {
        use_promise_t located(*this);
        located.where_ = where;
        return located;
    }

    template <class Other>
    struct rebind_executor {
        using other = use_promise_t<Other>;
    };

    /// The one given, or null.
    [[nodiscard]] const Executor* executor() const noexcept { return executor_.get(); }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

private:
    detail::given_executor<Executor> executor_;
    std::source_location where_;
};

namespace detail {

/// The token without an executor given, known as such when it is compiled: most operations then end
/// on their own without going to another.
class plain_use_promise : public use_promise_t<> {
public:
    [[nodiscard]] plain_use_promise
    at(std::source_location where = std::source_location::current()) const
    {
        plain_use_promise located;
        static_cast<use_promise_t<>&>(located) = use_promise_t<>::at(where);
        return located;
    }
};

template <class Executor>
inline constexpr bool prefers_reason<use_promise_t<Executor>> = true;

template <>
inline constexpr bool prefers_reason<plain_use_promise> = true;

} // namespace detail

/// The token itself.
inline constexpr detail::plain_use_promise use_promise;

} // namespace settle

template <class Executor, class... Signatures>
struct boost::asio::async_result<settle::use_promise_t<Executor>, Signatures...> {
private:
    using value_type = settle::detail::common_result_value_t<Signatures...>;

public:
    using return_type = settle::promise<value_type, Executor>;

    template <class Initiation, class RawToken, class... Args>
    static return_type initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
    {
        using settle::detail::loop;
        using found = settle::detail::initiation_executor_t<std::decay_t<Initiation>, Args...>;
        const auto home = [&] {
            if constexpr (std::is_convertible_v<found, Executor>) {
                if (token.executor())
                    return loop<Executor>(*token.executor());
                const auto& own = settle::detail::initiation_executor(initiation, args...);
                return settle::detail::loop_on<Executor>(own);
            } else {
                // The token itself, unadorned, has none either.
                static_assert(!std::is_same_v<found, settle::detail::no_executor> ||
                                  !std::is_const_v<std::remove_reference_t<RawToken>>,
                              "settle: this operation has no executor for its promise; write "
                              "bind_executor(executor, use_promise) or use_promise_t<E>(executor)");
                BOOST_ASSERT_MSG(token.executor(),
                                 "settle: the operation's executor does not convert to the "
                                 "promise's; write use_promise_t<E>(executor)");
                if (!token.executor())
                    throw execution::bad_executor();
                return loop<Executor>(*token.executor());
            }
        }();
        return settle::detail::start_operation<
            value_type, settle::detail::bound_completion<value_type, Executor, Signatures...>>(
            home, token.where(), [&](auto&& completion) {
                std::forward<Initiation>(initiation)(std::move(completion),
                                                     std::forward<Args>(args)...);
            });
    }
};

template <class... Signatures>
struct boost::asio::async_result<settle::detail::plain_use_promise, Signatures...>
    : async_result<settle::use_promise_t<>, Signatures...> {
private:
    using value_type = settle::detail::common_result_value_t<Signatures...>;
    using executor_type = settle::use_promise_t<>::executor_type;
    using token_type = settle::use_promise_t<>;

public:
    using return_type = settle::promise<value_type, executor_type>;

    template <class Initiation, class RawToken, class... Args>
    static return_type initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
    {
        using namespace settle::detail;
        using found = initiation_executor_t<std::decay_t<Initiation>, Args...>;
        if constexpr (has_executor_of_its_own<std::decay_t<Initiation>, Args...> &&
                      std::is_convertible_v<found, executor_type>) {
            const auto& own = initiation.get_executor();
            return start_operation<value_type,
                                   operation_completion<value_type, executor_type, Signatures...>>(
                loop_on<executor_type>(own), token.where(), [&](auto&& completion) {
                    std::forward<Initiation>(initiation)(std::move(completion),
                                                         std::forward<Args>(args)...);
                });
        } else {
            using as_given = std::conditional_t<std::is_const_v<std::remove_reference_t<RawToken>>,
                                                const token_type&, token_type&>;
            return async_result<token_type, Signatures...>::initiate(
                std::forward<Initiation>(initiation), static_cast<as_given>(token),
                std::forward<Args>(args)...);
        }
    }
};
