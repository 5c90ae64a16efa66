// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Runs a scenario of guarded operations for n handlers, then stops its loop and destroys it (B1,
// B2) or starts it again (B4), for every n until the scenario ends by itself.

#include "report_collector.hpp"
#include "settle_after.hpp"

#include <settle/finally.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <source_location>
#include <tuple>
#include <utility>
#include <vector>

namespace support {

enum class cleanup_kind { synchronous, operation, coroutine };

/// Who destroys the I/O objects: their owner, before the context, or the handlers that hold them.
enum class owner { scenario, handlers };

/// What became of one operation.
struct guarded_operation {
    std::uint_least32_t line;
    int cleanups = 0;
    int completions = 0;
};

/// An I/O object of a scenario; it keeps the object alive if handlers are to own it.
template <class T>
class handle {
public:
    handle(T* object, std::shared_ptr<void> keep)
        : object_(object)
        , keep_(std::move(keep))
    {
    }

    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }

private:
    T* object_;
    std::shared_ptr<void> keep_;
};

/// What a scenario makes its objects and its tokens with.
template <cleanup_kind Kind>
class guard {
public:
    guard(boost::asio::io_context& context, owner who)
        : context_(context)
        , owner_(who)
    {
    }

    template <class T, class... Args>
    handle<T> make(Args&&... args)
    {
        auto object = std::make_shared<T>(std::forward<Args>(args)...);
        objects_.push_back(object);
        return handle<T>(object.get(), owner_ == owner::handlers ? object : nullptr);
    }

    /// A callback behind a cleanup of the sweep's kind. `next` is what it does.
    template <class Handle, class Next>
    auto token(const Handle& object, Next next,
               std::source_location where = std::source_location::current())
    {
        auto& operation = operations_.emplace_back(where.line());
        return settle::finally(cleanup(operation, object),
                               handler(operation, object, std::move(next)), where);
    }

    /// The same with a cleanup of the scenario's own, which an asynchronous kind waits for.
    template <class Handle, class Tidy, class Next>
    auto token(const Handle& object, Tidy tidy, Next next,
               std::source_location where = std::source_location::current())
    {
        auto& operation = operations_.emplace_back(where.line());
        auto cleanup = [this, &operation, object, tidy = std::move(tidy), alive = alive_] {
            note_cleanup(operation);
            if constexpr (Kind != cleanup_kind::synchronous)
                return tidy();
        };
        return settle::finally(std::move(cleanup), handler(operation, object, std::move(next)),
                               where);
    }

    // The parts of a token, for scenarios that do not wait by a callback.

    guarded_operation& begin(std::source_location where = std::source_location::current())
    {
        return operations_.emplace_back(where.line());
    }

    template <class Handle>
    auto cleanup(guarded_operation& operation, const Handle& object)
    {
        return cleanup_of<Handle, Kind>(*this, operation, object);
    }

    void completed(guarded_operation& operation)
    {
        note_call();
        ++operation.completions;
    }

    /// A plain handler, for what the peers do.
    template <class Handle, class Next>
    auto plain(const Handle& object, Next next)
    {
        return [this, object, next = std::move(next), alive = alive_](auto&&... results) {
            note_call();
            next(results...);
        };
    }

    void scenario_has_started()
    {
        if (owner_ == owner::handlers)
            objects_.clear();
    }

    /// From now on nothing of the user's may be called.
    void context_dies()
    {
        dying_ = true;
        objects_.clear();
    }

    void check_abandoned(const report_collector& reports) const
    {
        BOOST_TEST(called_while_dying_ == 0);
        BOOST_TEST(alive_.use_count() == 1);
        std::vector<std::uint_least32_t> unfinished;
        for (const auto& operation : operations_) {
            BOOST_TEST_INFO("operation of line " << operation.line);
            BOOST_TEST(operation.cleanups <= 1);
            BOOST_TEST_INFO("operation of line " << operation.line);
            BOOST_TEST(operation.completions <= operation.cleanups);
            BOOST_TEST_INFO("operation of line " << operation.line);
            if (Kind == cleanup_kind::synchronous)
                BOOST_TEST(operation.completions == operation.cleanups);
            if (operation.completions == 0)
                unfinished.push_back(operation.line);
        }
        // A cleanup that never ran, and one that had started and never ended, are told once each.
        std::vector<std::uint_least32_t> told;
        for (const auto& report : reports.all(settle::report_kind::abandoned_cleanup))
            told.push_back(report.where.line());
        std::sort(unfinished.begin(), unfinished.end());
        std::sort(told.begin(), told.end());
        BOOST_TEST(told == unfinished, boost::test_tools::per_element());
        BOOST_TEST(reports.count() == told.size());
    }

    void check_finished() const
    {
        for (const auto& operation : operations_) {
            BOOST_TEST_INFO("operation of line " << operation.line);
            BOOST_TEST(operation.cleanups == 1);
            BOOST_TEST_INFO("operation of line " << operation.line);
            BOOST_TEST(operation.completions == 1);
        }
    }

private:
    template <class Handle, cleanup_kind K>
    class cleanup_of {
    public:
        cleanup_of(guard& owner, guarded_operation& operation, const Handle& object)
            : guard_(&owner)
            , operation_(&operation)
            , object_(object)
            , alive_(owner.alive_)
        {
        }

        void operator()() const
            requires(K == cleanup_kind::synchronous)
        {
            guard_->note_cleanup(*operation_);
        }

        auto operator()() const
            requires(K == cleanup_kind::operation)
        {
            guard_->note_cleanup(*operation_);
            return settle_after(guard_->context_.get_executor(), 2, nullptr, boost::asio::deferred);
        }

        boost::asio::awaitable<void> operator()() const
            requires(K == cleanup_kind::coroutine)
        {
            const auto local = alive_;
            guard_->note_cleanup(*operation_);
            co_await settle_after(guard_->context_.get_executor(), 2, nullptr,
                                  boost::asio::use_awaitable);
            guard_->note_call();
        }

    private:
        guard* guard_;
        guarded_operation* operation_;
        Handle object_;
        std::shared_ptr<int> alive_;
    };

    template <class Handle, class Next>
    auto handler(guarded_operation& operation, const Handle& object, Next next)
    {
        return
            [this, &operation, object, next = std::move(next), alive = alive_](auto&&... results) {
                note_call();
                ++operation.completions;
                next(results...);
            };
    }

    void note_call() { called_while_dying_ += dying_ ? 1 : 0; }

    void note_cleanup(guarded_operation& operation)
    {
        note_call();
        ++operation.cleanups;
    }

    boost::asio::io_context& context_;
    owner owner_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    std::deque<guarded_operation> operations_;
    std::vector<std::shared_ptr<void>> objects_;
    bool dying_ = false;
    int called_while_dying_ = 0;
};

/// Nothing more to do.
inline constexpr auto that_is_all = [](auto&&...) {};

template <class Scenario, cleanup_kind Kind>
class abandonment_sweep {
public:
    static void run()
    {
        for (const owner who : {owner::scenario, owner::handlers})
            for (const bool service_first : {false, true})
                while_it_lasts([&](int steps) { return abandon(steps, who, service_first); });
        while_it_lasts([](int steps) { return interrupt(steps); });
    }

private:
    template <class Attempt>
    static void while_it_lasts(Attempt attempt)
    {
        int steps = 0;
        for (bool ended = false; !ended; ++steps) {
            BOOST_REQUIRE(steps < 500);
            BOOST_TEST_CONTEXT("after " << steps << " handlers")
            {
                ended = attempt(steps);
            }
        }
        BOOST_TEST(steps > 1);
    }

    static bool run_some(boost::asio::io_context& context, int steps)
    {
        for (int ran = 0; ran < steps; ++ran)
            if (context.run_one() == 0)
                return true;
        return false;
    }

    // Destroys the context; settle's service is in it before the I/O objects' or after them.
    static bool abandon(int steps, owner who, bool service_first)
    {
        const report_collector reports;
        auto context = std::make_unique<boost::asio::io_context>();
        if (service_first)
            settle::set_report_handler(*context, {});
        guard<Kind> guarded(*context, who);
        Scenario::start(*context, guarded);
        guarded.scenario_has_started();
        const bool ended = run_some(*context, steps);
        BOOST_TEST(reports.count() == 0u);
        context->stop();
        guarded.context_dies();
        context.reset();
        guarded.check_abandoned(reports);
        if (ended)
            guarded.check_finished();
        return ended;
    }

    // Stops the context and starts it again: nothing is lost.
    static bool interrupt(int steps)
    {
        const report_collector reports;
        boost::asio::io_context context;
        guard<Kind> guarded(context, owner::handlers);
        Scenario::start(context, guarded);
        guarded.scenario_has_started();
        const bool ended = run_some(context, steps);
        context.stop();
        BOOST_TEST(context.run() == 0u);
        context.restart();
        context.run();
        guarded.check_finished();
        BOOST_TEST(reports.count() == 0u);
        return ended;
    }
};

/// Every kind of cleanup.
template <class Scenario>
void abandon_at_every_step()
{
    BOOST_TEST_CONTEXT("synchronous cleanup")
    {
        abandonment_sweep<Scenario, cleanup_kind::synchronous>::run();
    }
    BOOST_TEST_CONTEXT("cleanup that yields an operation")
    {
        abandonment_sweep<Scenario, cleanup_kind::operation>::run();
    }
    BOOST_TEST_CONTEXT("cleanup that yields a coroutine")
    {
        abandonment_sweep<Scenario, cleanup_kind::coroutine>::run();
    }
}

} // namespace support
