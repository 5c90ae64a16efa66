// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/cleanup.hpp>
#include <settle/detail/complete.hpp>
#include <settle/detail/context_service.hpp>
#include <settle/detail/continuation_hook.hpp>
#include <settle/detail/initiation_executor.hpp>
#include <settle/detail/signature.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace settle::detail {

/// Holds a cleanup so that it can be destroyed before its holder is (F14). A trivially
/// destructible one has nothing to release, so nothing is kept for it.
template <class Cleanup, bool Trivial = std::is_trivially_destructible_v<Cleanup>>
class cleanup_holder {
public:
    template <class C>
    explicit cleanup_holder(std::in_place_t, C&& cleanup)
        : cleanup_(std::forward<C>(cleanup))
    {
    }

    [[nodiscard]] Cleanup& get() noexcept { return cleanup_; }
    void release() noexcept {}

private:
    [[no_unique_address]] Cleanup cleanup_;
};

template <class Cleanup>
class cleanup_holder<Cleanup, false> {
public:
    template <class C>
    explicit cleanup_holder(std::in_place_t, C&& cleanup)
        : cleanup_(std::in_place, std::forward<C>(cleanup))
    {
    }

    [[nodiscard]] Cleanup& get() noexcept { return *cleanup_; }
    void release() noexcept { cleanup_.reset(); }

private:
    std::optional<Cleanup> cleanup_;
};

/// Takes the operation's cancellation handler out of downstream's slot: timers and sockets leave it
/// there, and a signal that arrives later would use what is gone.
template <class Handler>
void clear_cancellation_slot(const Handler& handler)
{
    using associated = asio::associated_cancellation_slot<Handler>;
    if constexpr (!requires {
                      typename associated::asio_associated_cancellation_slot_is_unspecialised;
                  }) {
        if (auto slot = associated::get(handler); slot.is_connected())
            slot.clear();
    }
}

/// The context whose report handler is downstream's; none for a handler without an executor.
template <class Handler>
[[nodiscard]] context_record* report_context_of(const Handler& handler)
{
    if constexpr (has_associated_executor<Handler>)
        return context_ref_of(asio::get_associated_executor(handler)).record;
    else
        return nullptr;
}

/// Calls `f` with the arguments of a completion; where the one signature has an error slot and the
/// operation passed something that merely converts to it (an enumerator), converts it first.
template <class... Signatures, class F, class... Args>
void with_declared_slot(F&& f, Args&&... args)
{
    if constexpr (sizeof...(Signatures) == 1 && sizeof...(Args) > 0) {
        using split = split_arguments<
            typename signature_traits<boost::mp11::mp_first<type_list<Signatures...>>>::arguments>;
        if constexpr (split::slot != error_slot::none &&
                      slot_of_arguments<Args...> == error_slot::none) {
            using slot = typename slot_type<split::slot>::type;
            [&]<class First, class... Rest>(First&& first, Rest&&... rest) {
                std::forward<F>(f)(slot(std::forward<First>(first)), std::forward<Rest>(rest)...);
            }(std::forward<Args>(args)...);
            return;
        } else {
            std::forward<F>(f)(std::forward<Args>(args)...);
        }
    } else {
        std::forward<F>(f)(std::forward<Args>(args)...);
    }
}

/// The handler given to an operation whose cleanup is synchronous: no allocation, nothing stored
/// but what was given.
template <class Handler, class Cleanup, slot_wish Wish, class... Signatures>
class cleanup_handler {
public:
    template <class H, class C>
    cleanup_handler(H&& handler, C&& cleanup, const std::source_location& where)
        : handler_(std::forward<H>(handler))
        , cleanup_(std::in_place, std::forward<C>(cleanup))
        , where_(where)
    {
    }

    [[nodiscard]] const Handler& downstream() const noexcept { return handler_; }
    [[nodiscard]] Handler& downstream() noexcept { return handler_; }

    template <class... Args>
    void operator()(Args&&... args)
    {
        with_declared_slot<Signatures...>(
            [this]<class... As>(As&&... as) { this->finish(std::forward<As>(as)...); },
            std::forward<Args>(args)...);
    }

private:
    template <class... Args>
    void finish(Args&&... args)
    {
        clear_cancellation_slot(handler_);
        constexpr auto to =
            downstream_slot(slot_of_arguments<Args...>, is_infallible<Cleanup>, Wish);
        if constexpr (is_infallible<Cleanup>) {
            run_cleanup(cleanup_.get());
            cleanup_.release();
        } else {
            if (std::exception_ptr thrown = try_cleanup()) [[unlikely]] {
                complete<to>(std::move(handler_), std::optional<reason>(std::move(thrown)), where_,
                             report_context_of(handler_), std::forward<Args>(args)...);
                return;
            }
        }
        // Outside any try: what downstream throws is not the cleanup's failure (F13).
        complete_untouched<to>(std::move(handler_), std::forward<Args>(args)...);
    }

    std::exception_ptr try_cleanup() noexcept
    {
        std::exception_ptr thrown;
        try {
            run_cleanup(cleanup_.get());
        } catch (...) {
            thrown = std::current_exception();
        }
        cleanup_.release();
        return thrown;
    }

    Handler handler_;
    [[no_unique_address]] cleanup_holder<Cleanup> cleanup_;
    std::source_location where_;
};

template <class Handler, class Cleanup, slot_wish Wish, class... Signatures>
bool asio_handler_is_continuation(cleanup_handler<Handler, Cleanup, Wish, Signatures...>* handler)
{
    return is_continuation(handler->downstream());
}

} // namespace settle::detail

template <template <class, class> class Associator, class Handler, class Cleanup,
          settle::detail::slot_wish Wish, class... Signatures, class DefaultCandidate>
struct boost::asio::associator<
    Associator, settle::detail::cleanup_handler<Handler, Cleanup, Wish, Signatures...>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate> {
    using adapted = settle::detail::cleanup_handler<Handler, Cleanup, Wish, Signatures...>;

    static auto get(const adapted& h) noexcept
    {
        return Associator<Handler, DefaultCandidate>::get(h.downstream());
    }

    static auto get(const adapted& h, const DefaultCandidate& c) noexcept
        -> decltype(Associator<Handler, DefaultCandidate>::get(h.downstream(), c))
    {
        return Associator<Handler, DefaultCandidate>::get(h.downstream(), c);
    }
};
