// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What the adapter passes on of its handler: associations and the continuation hint.

#include <settle/finally.hpp>

#include "support/counting_allocator.hpp"
#include "support/manual_operation.hpp"
#include "support/tracker_executor.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/handler_continuation_hook.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::error_code;
using settle::finally;

namespace {

/// An operation that looks at its handler and lets go of it.
template <class Look>
class looking {
public:
    using executor_type = asio::io_context::executor_type;

    looking(asio::io_context& context, Look look)
        : context_(&context)
        , look_(look)
    {
    }

    executor_type get_executor() const noexcept { return context_->get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        auto taken = std::forward<Handler>(handler);
        look_(taken);
    }

private:
    asio::io_context* context_;
    Look look_;
};

template <class Look, class Token>
void async_look(asio::io_context& context, Look look, Token&& token)
{
    asio::async_initiate<Token, void(error_code)>(looking<Look>(context, look), token);
}

struct continuing_handler {
    void operator()(error_code) const {}
    friend bool asio_handler_is_continuation(continuing_handler*) { return true; }
};

const auto synchronous = [] {};
const auto asynchronous = [] { return asio::post(asio::system_executor(), asio::deferred); };
const auto plain_handler = [](error_code) {};

/// Looks at the handler of both adapters.
template <class Handler, class Look>
void look_through(Handler handler, Look look)
{
    asio::io_context context;
    int looks = 0;
    const auto counted = [&](auto& adapted) {
        ++looks;
        look(adapted);
    };
    async_look(context, counted, finally(synchronous, handler));
    async_look(context, counted, finally(asynchronous, handler));
    async_look(context, counted, finally(asynchronous, finally(synchronous, handler)));
    BOOST_TEST(looks == 3);
}

// As Asio asks; the name of its own helper's namespace changes from release to release.
bool continues(auto& handler)
{
    using asio::asio_handler_is_continuation;
    return asio_handler_is_continuation(std::addressof(handler));
}

} // namespace

BOOST_AUTO_TEST_SUITE(associations_of_finally)

BOOST_AUTO_TEST_CASE(executor_is_forwarded, *label("E3"))
{
    asio::io_context home;
    const support::tracker_executor tracker(home.get_executor());
    look_through(asio::bind_executor(tracker, plain_handler), [&](auto& adapted) {
        static_assert(std::is_same_v<
                      typename asio::associated_executor<std::decay_t<decltype(adapted)>>::type,
                      support::tracker_executor>);
        BOOST_TEST((asio::get_associated_executor(adapted) == tracker));
        BOOST_TEST((asio::get_associated_executor(adapted, asio::system_executor()) == tracker));
    });
}

BOOST_AUTO_TEST_CASE(allocator_is_forwarded, *label("E3"))
{
    support::allocation_counts counts;
    const support::counting_allocator<void> allocator(counts);
    look_through(asio::bind_allocator(allocator, plain_handler), [&](auto& adapted) {
        BOOST_TEST((asio::get_associated_allocator(adapted) == allocator));
    });
    BOOST_TEST(counts.live == 0);
}

BOOST_AUTO_TEST_CASE(cancellation_slot_is_forwarded, *label("E3"))
{
    asio::cancellation_signal signal;
    look_through(asio::bind_cancellation_slot(signal.slot(), plain_handler), [&](auto& adapted) {
        BOOST_TEST((asio::get_associated_cancellation_slot(adapted) == signal.slot()));
    });
}

BOOST_AUTO_TEST_CASE(no_association_is_invented, *label("E3"))
{
    look_through(plain_handler, [](auto& adapted) {
        using handler = std::decay_t<decltype(adapted)>;
        static_assert(requires {
            typename asio::associated_executor<handler>::asio_associated_executor_is_unspecialised;
        });
        static_assert(requires {
            typename asio::associated_allocator<
                handler>::asio_associated_allocator_is_unspecialised;
        });
        static_assert(requires {
            typename asio::associated_cancellation_slot<
                handler>::asio_associated_cancellation_slot_is_unspecialised;
        });
        // Candidates are asked for what the handler lacks.
        asio::io_context other;
        const auto candidate = other.get_executor();
        BOOST_TEST((asio::get_associated_executor(adapted, candidate) == candidate));
        BOOST_TEST(!asio::get_associated_cancellation_slot(adapted).is_connected());
    });
}

BOOST_AUTO_TEST_CASE(continuation_hint_is_kept, *label("E3"))
{
    look_through(continuing_handler(), [](auto& adapted) { BOOST_TEST(continues(adapted)); });
    look_through(plain_handler, [](auto& adapted) { BOOST_TEST(!continues(adapted)); });
}

BOOST_AUTO_TEST_CASE(type_erased_handler_is_a_handler, *label("E3"))
{
    asio::io_context context;
    asio::cancellation_signal signal;
    support::manual_operation<void(error_code)> operation(context.get_executor());
    int completions = 0;
    const auto erased = [&] {
        return asio::any_completion_handler<void(error_code)>(asio::bind_cancellation_slot(
            signal.slot(), asio::bind_executor(context, [&](error_code) { ++completions; })));
    };
    operation.async_run(finally(synchronous, erased()));
    signal.emit(asio::cancellation_type::terminal);
    BOOST_TEST(operation.signals() == 1);
    operation.complete({});
    context.run();
    context.restart();
    operation.async_run(finally([&] { return asio::post(context, asio::deferred); }, erased()));
    operation.complete({});
    context.run();
    BOOST_TEST(completions == 2);
}

// Composed operations, Beast's among them, call their handlers as lvalues.
BOOST_AUTO_TEST_CASE(handler_can_be_called_as_an_lvalue, *label("E3") * label("F10"))
{
    asio::io_context context;
    int completions = 0;
    const auto call = [](auto& adapted) { adapted(error_code()); };
    async_look(context, call, finally(synchronous, [&](error_code) { ++completions; }));
    async_look(context, call,
               finally([&] { return asio::post(context, asio::deferred); },
                       [&](error_code) { ++completions; }));
    context.run();
    BOOST_TEST(completions == 2);
}

BOOST_AUTO_TEST_SUITE_END()
