// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace support {

/// An executor with an identity: everything that runs through it knows that it does.
class tracker_executor {
    struct tracked {
        int executed = 0;
    };

public:
    // A template, so that it is no candidate while Asio finds out whether this is an executor.
    template <class Inner>
        requires(!std::same_as<Inner, tracker_executor>)
    explicit tracker_executor(const Inner& inner)
        : tracker_executor(boost::asio::any_io_executor(inner), std::make_shared<tracked>())
    {
    }

    /// What has been given to it to execute so far.
    [[nodiscard]] int executed() const noexcept { return state_->executed; }

    /// Whether the calling function was, however deep, called by this executor.
    [[nodiscard]] bool running_here() const noexcept
    {
        for (auto* open = innermost; open; open = open->outer)
            if (open->executor == state_.get())
                return true;
        return false;
    }

    template <class Property>
    [[nodiscard]] auto query(const Property& property) const
        -> decltype(boost::asio::query(std::declval<const boost::asio::any_io_executor&>(),
                                       property))
    {
        return boost::asio::query(inner_, property);
    }

    template <class Property>
    [[nodiscard]] auto require(const Property& property) const -> std::enable_if_t<
        boost::asio::can_require<const boost::asio::any_io_executor&, Property>::value,
        tracker_executor>
    {
        return tracker_executor(boost::asio::require(inner_, property), state_);
    }

    template <class Property>
    [[nodiscard]] auto prefer(const Property& property) const -> std::enable_if_t<
        boost::asio::can_prefer<const boost::asio::any_io_executor&, Property>::value,
        tracker_executor>
    {
        return tracker_executor(boost::asio::prefer(inner_, property), state_);
    }

    template <class F>
    void execute(F&& f) const
    {
        ++state_->executed;
        inner_.execute([state = state_, f = std::decay_t<F>(std::forward<F>(f))]() mutable {
            const frame here(state.get());
            std::move(f)();
        });
    }

    friend bool operator==(const tracker_executor& a, const tracker_executor& b) noexcept
    {
        return a.state_ == b.state_ && a.inner_ == b.inner_;
    }

    friend bool operator!=(const tracker_executor& a, const tracker_executor& b) noexcept
    {
        return !(a == b);
    }

private:
    struct frame {
        explicit frame(const tracked* e) noexcept
            : executor(e)
            , outer(std::exchange(innermost, this))
        {
        }
        frame(const frame&) = delete;
        frame& operator=(const frame&) = delete;
        ~frame() { innermost = outer; }

        const tracked* executor;
        frame* outer;
    };

    tracker_executor(boost::asio::any_io_executor inner, std::shared_ptr<tracked> state)
        : inner_(std::move(inner))
        , state_(std::move(state))
    {
    }

    static inline thread_local frame* innermost = nullptr;

    boost::asio::any_io_executor inner_;
    std::shared_ptr<tracked> state_;
};

} // namespace support
