// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/detail/attachment.hpp>
#include <settle/detail/cleanup.hpp>
#include <settle/detail/complete.hpp>
#include <settle/detail/continuation_hook.hpp>
#include <settle/detail/fallback.hpp>
#include <settle/detail/signature.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associator.hpp>
#include <boost/config.hpp>

#include <exception>
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

/// The handler given to an operation whose cleanup is synchronous: no allocation, nothing stored
/// but what was given, and what a report would need.
template <class Handler, class Cleanup, class Origin, slot_wish Wish, class... Signatures>
class cleanup_handler {
    using attached = attachment<Handler, typename Origin::executor_type>;

public:
    template <class H, class C>
    cleanup_handler(H&& handler, C&& cleanup, attached&& where,
                    const kept_slot<typename Origin::slot_type>& slot)
        : handler_(std::forward<H>(handler))
        , cleanup_(std::in_place, std::forward<C>(cleanup))
        , attachment_(std::move(where))
        , slot_(slot)
    {
    }

    cleanup_handler(cleanup_handler&&) = default;

    ~cleanup_handler()
    {
        if (attachment_.open() && !is_empty_callable(cleanup_.get())) [[unlikely]] {
            if constexpr (has_fallback<Cleanup>)
                operation_scope<Cleanup>::notify_dropped(attachment_.where(), attachment_.key(),
                                                         *find_fallback(cleanup_.get()));
            else
                attachment_.disappoint(handler_);
        }
    }

    [[nodiscard]] const Handler& downstream() const noexcept { return handler_; }
    [[nodiscard]] Handler& downstream() noexcept { return handler_; }

    template <class... Args>
    void operator()(Args&&... args) &&
    {
        called<false>(std::forward<Args>(args)...);
    }

    // Some composed operations call their handler as an lvalue, or as a const one.
    template <class... Args>
    void operator()(Args&&... args) const&
    {
        called<true>(std::forward<Args>(args)...);
    }

private:
    struct place_of_reports {
        const cleanup_handler& self;
        const void* key;

        [[nodiscard]] const std::source_location& where() const noexcept
        {
            return self.attachment_.where();
        }
        [[nodiscard]] context_record* context() const
        {
            return attached::report_context(self.handler_, key);
        }
    };

    template <bool Lvalue, class... Args>
    void called(Args&&... args) const
    {
        using signature = meant_signature_t<Lvalue, type_list<Args...>, Signatures...>;
        if constexpr (is_progress<signature>::value) {
            handler_(std::forward<Args>(args)...);
        } else {
            with_declared_slot<signature>(
                [this]<class... As>(As&&... as) {
                    this->template finish<signature>(std::forward<As>(as)...);
                },
                std::forward<Args>(args)...);
        }
    }

    template <class Signature, class... Args>
    void finish(Args&&... args) const
    {
        const auto* const key = attachment_.met();
        const place_of_reports place{*this, key};
        slot_.clear();
        clear_cancellation_slot(handler_);
        using change = downstream_signature<Signature, is_infallible<Cleanup>, Wish>;
        if constexpr (is_infallible<Cleanup>) {
            run_cleanup(cleanup_.get(), place);
            cleanup_.release();
        } else {
            // Optional, so that a cleanup which does not throw pays for no exception_ptr.
            std::optional<std::exception_ptr> thrown;
            try {
                run_cleanup(cleanup_.get(), place);
            } catch (...) {
                thrown.emplace(std::current_exception());
            }
            cleanup_.release();
            if (thrown) [[unlikely]]
                return replace<change>(std::move(*thrown), key, std::forward<Args>(args)...);
        }
        // Outside any try: what downstream throws is not the cleanup's failure (F13).
        complete_untouched<change>(std::move(handler_), std::forward<Args>(args)...);
    }

    // Out of line, so that the way on which nothing is thrown stays small enough to be inlined.
    template <class Change, class... Args>
    BOOST_NOINLINE void replace(std::exception_ptr&& thrown, const void* key, Args&&... args) const
    {
        complete<Change>(std::move(handler_), std::optional<reason>(std::move(thrown)),
                         attachment_.where(), attached::report_context(handler_, key),
                         std::forward<Args>(args)...);
    }

    // Mutable, so that a call of a const handler is a call like any other.
    mutable Handler handler_;
    [[no_unique_address]] mutable cleanup_holder<Cleanup> cleanup_;
    mutable attached attachment_;
    [[no_unique_address]] mutable kept_slot<typename Origin::slot_type> slot_;
};

template <class Handler, class Cleanup, class Origin, slot_wish Wish, class... Signatures>
bool asio_handler_is_continuation(
    cleanup_handler<Handler, Cleanup, Origin, Wish, Signatures...>* handler)
{
    return is_continuation(handler->downstream());
}

} // namespace settle::detail

template <template <class, class> class Associator, class Handler, class Cleanup, class Origin,
          settle::detail::slot_wish Wish, class... Signatures, class DefaultCandidate>
struct boost::asio::associator<
    Associator, settle::detail::cleanup_handler<Handler, Cleanup, Origin, Wish, Signatures...>,
    DefaultCandidate> : Associator<Handler, DefaultCandidate> {
    using adapted = settle::detail::cleanup_handler<Handler, Cleanup, Origin, Wish, Signatures...>;

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
