// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The end of a context: what is ready goes with it, and handles may outlive it.

#include "support/report_collector.hpp"

#include <settle/promise.hpp>
#include <settle/shared_promise.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;

} // namespace

BOOST_AUTO_TEST_CASE(queue_is_dropped_with_its_context_unreported, *label("B1") * label("B5"))
{
    support::report_collector reports;
    const auto captured = std::make_shared<int>(0);
    int ran = 0;
    {
        asio::io_context context;
        for (int i = 0; i < 48; ++i) { // more than one turn of the loop runs
            settle::resolved(context)
                .then([&ran, captured] { ++ran; })
                .finally([&ran, captured] { ++ran; })
                .detach();
        }
        context.poll_one();
        BOOST_TEST(ran > 0);
        ran = 0;
    }
    BOOST_TEST(ran == 0);
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count(settle::report_kind::unhandled_rejection) == 0u);
}

// A handle that is made from a strand of a dying context does not keep that.
BOOST_AUTO_TEST_CASE(handle_made_while_its_context_dies_may_outlive_it, *label("B6") * label("B1"))
{
    using strand = asio::strand<asio::io_context::executor_type>;
    std::optional<settle::promise<int, strand>> kept;
    struct late {
        std::optional<settle::promise<int, strand>>& kept;
        std::optional<strand> made_from;
        late(std::optional<settle::promise<int, strand>>& k, const strand& s)
            : kept(k)
            , made_from(s)
        {
        }
        late(late&& other) noexcept
            : kept(other.kept)
            , made_from(std::exchange(other.made_from, std::nullopt))
        {
        }
        ~late()
        {
            if (made_from)
                kept.emplace(settle::resolved(*made_from, 1));
        }
        void operator()() const {}
    };
    {
        asio::io_context context;
        settle::resolved(context).detach(); // settle knows the context
        asio::post(context, late(kept, asio::make_strand(context)));
    }
    BOOST_TEST(kept.has_value());
    kept.reset();
}

// What is made ready by what the queue drops, and promises that are made while a context dies.
BOOST_AUTO_TEST_CASE(dying_context_takes_nothing_more, *label("B1") * label("B5"))
{
    support::report_collector reports;
    int ran = 0;
    const auto captured = std::make_shared<int>(0);
    struct late {
        asio::io_context& context;
        int& ran;
        std::shared_ptr<int> captured;
        ~late()
        {
            if (captured) {
                settle::resolved(context)
                    .then([&count = ran, keep = captured] { ++count; })
                    .detach();
            }
        }
        late(asio::io_context& c, int& r, std::shared_ptr<int> keep)
            : context(c)
            , ran(r)
            , captured(std::move(keep))
        {
        }
        late(late&&) = default;
    };
    for (const bool known_before : {false, true}) {
        asio::io_context context;
        if (known_before)
            settle::resolved(context).detach();
        asio::post(context, [own = late(context, ran, captured)] {});
        if (known_before)
            settle::resolved(context).then([own = late(context, ran, captured)] {}).detach();
    }
    BOOST_TEST(ran == 0);
    BOOST_TEST(captured.use_count() == 1);
    BOOST_TEST(reports.count() == 0u);
}

BOOST_AUTO_TEST_CASE(contexts_one_after_another_are_told_apart, *label("B6"))
{
    std::optional<asio::io_context> context; // at the same address each time
    std::vector<settle::resolver<int>> old;
    int ran = 0;
    for (int i = 0; i < 20; ++i) {
        context.emplace();
        const asio::any_io_executor any = context->get_executor();
        auto made = settle::with_resolvers<int>(any);
        old.push_back(made.resolver);
        std::move(made.promise).then([&](int) { ++ran; }).detach();
        settle::resolved(*context, i).then([&](int) { ++ran; }).detach();
        for (std::size_t before = 0; before + 1 < old.size(); ++before)
            BOOST_TEST(!old[before].resolve(1));
        BOOST_TEST(made.resolver.resolve(2));
        context->run();
        BOOST_TEST(ran == 2 * (i + 1));
    }
}

// A strand's implementation is its context's, and goes with it.
BOOST_AUTO_TEST_CASE(handles_on_any_executor_outlive_the_context, *label("B6"))
{
    support::report_collector reports;
    const auto outlive = [](auto context, auto executor_of) {
        auto made = settle::with_resolvers<int>(executor_of(*context));
        auto copy = made.resolver;
        auto link = settle::resolved(executor_of(*context)).then([] {});
        auto shared = settle::resolved(executor_of(*context), 1).share();
        auto other = settle::with_resolvers<int>(asio::any_io_executor(executor_of(*context)));
        settle::promise<int> converted(settle::resolved(executor_of(*context), 1));
        context.reset();
        BOOST_TEST(made.resolver.resolve(1));
        BOOST_TEST(!copy.reject(errc::timed_out));
        std::move(made.promise).then([](int) {}).detach();
        std::move(link).then([] {}).detach();
        shared.then([](int) {}).detach();
        other.promise.cancel();
        std::move(converted).detach();
    };
    outlive(std::make_unique<asio::io_context>(),
            [](asio::io_context& context) { return context.get_executor(); });
    outlive(std::make_unique<asio::io_context>(),
            [](asio::io_context& context) { return asio::make_strand(context); });
    outlive(std::make_unique<asio::thread_pool>(1),
            [](asio::thread_pool& pool) { return pool.get_executor(); });
    outlive(std::make_unique<asio::thread_pool>(1),
            [](asio::thread_pool& pool) { return asio::make_strand(pool); });
    BOOST_TEST(reports.count() == 0u);
}
