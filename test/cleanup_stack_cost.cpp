// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What a cleanup stack allocates, and what becomes of it where memory runs out.

#include <settle/cleanup_stack.hpp>

#include "support/counting_allocator.hpp"
#include "support/end_of.hpp"
#include "support/global_allocations.hpp"
#include "support/report_collector.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using support::end_of;

long allocations_of(auto f)
{
    const long before = support::global_allocations;
    f();
    return support::global_allocations - before;
}

// Runs out at once.
template <class T>
struct empty_allocator {
    using value_type = T;
    empty_allocator() = default;
    template <class U>
    explicit empty_allocator(const empty_allocator<U>&) noexcept
    {
    }
    [[nodiscard]] static T* allocate(std::size_t) { throw std::bad_alloc(); }
    static void deallocate(T*, std::size_t) noexcept {}
    friend bool operator==(empty_allocator, empty_allocator) noexcept = default;
};

} // namespace

BOOST_AUTO_TEST_CASE(one_allocation_an_entry, *label("F11"))
{
    support::allocation_counts counts;
    {
        asio::io_context context;
        settle::cleanup_stack stack(context);
        const support::counting_allocator<int> allocator(counts);
        int ran = 0;
        stack.defer(asio::bind_allocator(allocator, [&] { ++ran; }));
        BOOST_TEST(counts.allocations == 1);
        using large = std::array<int, 100>;
        stack.adopt(large{1},
                    asio::bind_allocator(allocator, [&](large& value) { ran += value[0]; }));
        BOOST_TEST(counts.allocations == 2);
        BOOST_TEST(counts.live == 2);
        BOOST_TEST(end_of(context, stack.dispose()).has_value());
        BOOST_TEST(counts.live == 1); // the first entry's block has the outcome
        BOOST_TEST(ran == 2);
        const support::report_collector reports;
        auto abandoned = asio::bind_allocator(allocator, [] {});
        settle::cleanup_stack another(context);
        another.defer(abandoned);
        BOOST_TEST(counts.allocations == 3);
    }
    BOOST_TEST(counts.live == 0);
}

BOOST_AUTO_TEST_CASE(what_a_disposal_allocates_does_not_depend_on_the_entries, *label("F11"))
{
    // Each time with more entries than ever, so that no block is used again.
    const auto allocations = [](int entries) {
        asio::io_context context;
        settle::resolved(context).detach(); // what there is once for each context
        context.run();
        context.restart();
        settle::cleanup_stack stack(context);
        int ran = 0;
        const long adding = allocations_of([&] {
            for (int i = 0; i < entries; ++i)
                stack.defer([&ran] { ++ran; });
        });
        BOOST_TEST(adding <= entries + 1);
        const long disposing = allocations_of([&] { stack.dispose().detach(); });
        context.run();
        BOOST_TEST(ran == entries);
        return disposing;
    };
    BOOST_TEST(allocations(1) <= 4);
    BOOST_TEST(allocations(10) <= 4);
    BOOST_TEST(allocations(1000) <= 4);
}

BOOST_AUTO_TEST_CASE(entry_for_which_there_is_no_memory_leaves_the_stack_as_it_was, *label("K2"))
{
    asio::io_context context;
    settle::cleanup_stack stack(context);
    int ran = 0;
    stack.defer([&] { ++ran; });
    auto value = std::make_unique<int>(1);
    const auto fails = [&](auto f) { return asio::bind_allocator(empty_allocator<int>(), f); };
    BOOST_CHECK_THROW(stack.defer(fails([] {})), std::bad_alloc);
    BOOST_CHECK_THROW(stack.adopt(std::move(value), fails([](auto&) {})), std::bad_alloc);
    BOOST_TEST(value != nullptr); // still the caller's
    BOOST_TEST(end_of(context, stack.dispose()).has_value());
    BOOST_TEST(ran == 1);
}
