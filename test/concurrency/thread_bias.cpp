// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What one thread has for itself until another comes: the first to enter is the owner, so in each
// round one of the two is, and the other revokes that while the first goes on.

#include <settle/detail/biased_lock.hpp>
#include <settle/detail/continuation.hpp>
#include <settle/detail/promise_state.hpp>
#include <settle/detail/resolver_state.hpp>
#include <settle/detail/thread_bias.hpp>

#include "support/race.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <source_location>

namespace {

using boost::unit_test::label;
using settle::detail::biased_lock;
using settle::detail::thread_bias;

constexpr int rounds = 100;

// What the lock guards. Not atomic.
struct guarded_count {
    biased_lock lock;
    int count = 0;

    void add(int times)
    {
        for (int i = 0; i < times; ++i) {
            const biased_lock::guard alone(lock);
            ++count;
        }
    }
};

// A word that is changed in two steps by the owner, and in one by everybody. Relaxed: what is
// looked at is that nothing is lost.
struct biased_count {
    thread_bias bias;
    std::atomic<int> count = 0;

    void add(int times)
    {
        for (int i = 0; i < times; ++i) {
            if (bias.enter()) {
                count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
                bias.leave();
            } else {
                count.fetch_add(1, std::memory_order_relaxed);
            }
        }
    }
};

struct counted_continuation final : settle::detail::continuation {
    void make_ready() noexcept override { ++made_ready; }
    void run() override {}
    [[nodiscard]] continuation* drop() noexcept override { return nullptr; }

    std::atomic<int> made_ready = 0;
};

class counted_state final : public settle::detail::promise_state<int> {
public:
    counted_state(thread_bias& bias, std::atomic<int>& destroyed)
        : promise_state<int>(std::source_location::current())
        , destroyed_(destroyed)
    {
        stay_with(&bias);
    }

    void cancel(settle::detail::cancel_walk&) override {}

private:
    void destroy() noexcept override { ++destroyed_; }

    std::atomic<int>& destroyed_;
};

// Between one producer and one consumer.
struct between_two {
    thread_bias bias;
    std::atomic<int> destroyed = 0;
    counted_continuation waiting;
    counted_state state{bias, destroyed};

    void settle()
    {
        state.result().store_value(1);
        state.settle();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(lock_excludes_while_its_owner_loses_it, *label("E8"))
{
    std::optional<guarded_count> guarded;
    constexpr int times = 5'000; // so that the other comes while the owner is at it
    support::race_for(
        rounds, [&] { guarded.emplace(); }, [&] { BOOST_REQUIRE(guarded->count == 2 * times); },
        [&] { guarded->add(times); }, [&] { guarded->add(times); });
}

BOOST_AUTO_TEST_CASE(lock_excludes_several_that_revoke_it_at_once, *label("E8"))
{
    std::optional<guarded_count> guarded;
    constexpr int times = 20;
    support::race(
        [&] {
            guarded.emplace();
            guarded->add(1); // this thread is the owner
        },
        [&] { BOOST_REQUIRE(guarded->count == 3 * times + 1); }, [&] { guarded->add(times); },
        [&] { guarded->add(times); }, [&] { guarded->add(times); });
}

BOOST_AUTO_TEST_CASE(word_of_an_owner_loses_nothing_to_others, *label("E8"))
{
    std::optional<biased_count> counted;
    constexpr int times = 5'000; // so that the other comes while the owner is at it
    support::race_for(
        rounds, [&] { counted.emplace(); }, [&] { BOOST_REQUIRE(counted->count == 2 * times); },
        [&] { counted->add(times); }, [&] { counted->add(times); });
}

BOOST_AUTO_TEST_CASE(owner_and_another_attach_and_settle, *label("E8") * label("P2"))
{
    std::optional<between_two> between;
    support::race([&] { between.emplace(); },
                  [&] {
                      BOOST_REQUIRE(between->waiting.made_ready == 1);
                      BOOST_REQUIRE(between->state.result().value() == 1);
                  },
                  [&] { between->state.attach(between->waiting, {}); }, [&] { between->settle(); });
}

BOOST_AUTO_TEST_CASE(owner_and_another_drop_and_settle, *label("E8") * label("P9"))
{
    std::optional<between_two> between;
    support::race([&] { between.emplace(); }, [&] { BOOST_REQUIRE(between->destroyed == 1); },
                  [&] { between->state.drop({}); }, [&] { between->settle(); });
}

BOOST_AUTO_TEST_CASE(owner_and_another_give_up_their_shares, *label("E8"))
{
    std::optional<between_two> between;
    const auto use = [&] {
        for (int i = 0; i < 10; ++i) {
            between->state.add_share();
            between->state.release();
        }
        between->state.release();
    };
    support::race(
        [&] {
            between.emplace();
            between->state.add_share();
        },
        [&] { BOOST_REQUIRE(between->destroyed == 1); }, use, use);
}

BOOST_AUTO_TEST_CASE(owner_and_another_decide, *label("E8") * label("P1"))
{
    std::optional<thread_bias> bias;
    settle::detail::resolver_state<int>* state = nullptr;
    std::atomic<int> decided = 0;
    const auto decide = [&] { decided += state->decide() ? 1 : 0; };
    support::race(
        [&] {
            bias.emplace();
            decided = 0;
            state = new settle::detail::resolver_state<int>(std::source_location::current());
            state->stay_with(&*bias);
        },
        [&] {
            BOOST_REQUIRE(decided == 1);
            state->release();
            state->release();
        },
        decide, decide);
}
