// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Coroutines that are resumed by other threads, also while their caller still begins them.

#include <settle/coroutine.hpp>

#include <settle/promise.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;

settle::promise<int> hops(asio::thread_pool& pool, std::shared_ptr<int> argument, int times)
{
    const std::string local(40, 'x');
    int sum = 0;
    for (int i = 0; i < times; ++i) {
        sum += co_await settle::resolved(pool, 1);
        co_await asio::post(pool, asio::deferred);
        ++*argument; // never on two threads at once
    }
    co_return sum + static_cast<int>(local.size());
}

} // namespace

BOOST_AUTO_TEST_CASE(coroutines_on_a_thread_pool, *label("C2") * label("E8"))
{
    asio::thread_pool pool(4);
    constexpr int coroutines = 200;
    constexpr int times = 20;
    auto argument = std::vector<std::shared_ptr<int>>();
    std::vector<std::future<int>> ends;
    for (int i = 0; i < coroutines; ++i) {
        argument.push_back(std::make_shared<int>(0));
        ends.push_back(hops(pool, argument.back(), times)(asio::use_future));
    }
    int right = 0;
    for (auto& end : ends)
        right += end.get() == times + 40;
    pool.join();
    BOOST_TEST(right == coroutines);
    for (const auto& each : argument) {
        right += *each == times;
        BOOST_TEST(each.use_count() == 1);
    }
    BOOST_TEST(right == 2 * coroutines);
}

BOOST_AUTO_TEST_CASE(cancelled_from_another_thread_on_a_strand,
                     *label("C2") * label("X5") * label("E8"))
{
    asio::thread_pool pool(3);
    std::atomic<int> ended{0};
    constexpr int coroutines = 100;
    for (int i = 0; i < coroutines; ++i) {
        const auto strand = asio::make_strand(pool);
        const auto body = [](asio::strand<asio::thread_pool::executor_type> s,
                             std::atomic<int>& count) -> settle::promise<void> {
            for (int n = 0; n < 10; ++n)
                co_await asio::post(s, asio::deferred);
            ++count;
        };
        auto p = body(strand, ended);
        p.cancel();
        asio::post(pool, [q = std::move(p)]() mutable { q.cancel(); });
    }
    pool.join();
    BOOST_TEST(ended == coroutines);
}
