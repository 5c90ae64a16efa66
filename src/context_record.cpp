// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/context_record.hpp>

#include <deque>
#include <thread>
#include <utility>

namespace settle::detail {
namespace {

struct record_pool {
    std::mutex mutex;
    context_record* free = nullptr;         // best those that are one thread's still
    context_record* free_revoked = nullptr; // those that are everybody's already
    std::deque<context_record> records;     // stays where it is as it grows
};

// Never destroyed, like the records: handles may ask about their context during static destruction.
record_pool& the_pool()
{
    static record_pool& instance = *new record_pool;
    return instance;
}

} // namespace

context_record* acquire_context_record(const void* context)
{
    auto& pool = the_pool();
    std::lock_guard lock(pool.mutex);
    if (!pool.free)
        std::swap(pool.free, pool.free_revoked);
    if (!pool.free) {
        auto& record = pool.records.emplace_back();
        record.index = static_cast<std::uint32_t>(pool.records.size());
        for (auto& list : record.cleanups)
            list.record = &record;
        pool.free = &record;
    }
    auto* const record = pool.free;
    pool.free = std::exchange(record->next_free, nullptr);
    record->context = context;
    return record;
}

context_record* find_context_record(const void* context) noexcept
{
    if (!context)
        return nullptr;
    auto& pool = the_pool();
    std::lock_guard lock(pool.mutex);
    for (auto& record : pool.records) {
        if (record.context == context)
            return &record;
    }
    return nullptr;
}

context_record* context_word::living(std::uintptr_t word) noexcept
{
    constexpr std::uintptr_t mask = (std::uintptr_t{1} << index_bits) - 1;
    const auto index = (word >> 2) & mask;
    if (index == 0)
        return nullptr;
    auto& pool = the_pool();
    std::lock_guard lock(pool.mutex);
    auto& record = pool.records[index - 1];
    const context_ref now(&record);
    return now.to_word() == (word & ~std::uintptr_t{3}) ? &record : nullptr;
}

waiting_root* root_list::take() noexcept
{
    biased_lock::guard alone(lock);
    auto* const taken = first;
    if (taken) {
        first = taken->next_;
        if (first)
            first->previous_ = nullptr;
        taken->previous_ = taken->next_ = nullptr;
        taken->hold();
    }
    return taken;
}

void retire_context_record(context_record* record) noexcept
{
    // Release: pairs with the acquire in context_ref::alive().
    record->generation.fetch_add(1, std::memory_order_release);
    for (auto& list : record->waiting) {
        // One at a time and unlocked: what is dropped may drop others. Nothing is listed any more.
        while (auto* const first = list.take())
            first->context_died();
    }
}

void recycle_context_record(context_record* record) noexcept
{
    // Relaxed: the context was retired before, and what tells the next one from it is the number.
    record->generation.fetch_add(1, std::memory_order_relaxed);
    auto& pool = the_pool();
    {
        std::lock_guard lock(pool.mutex);
        record->context = nullptr;
    }
    // Destroyed unlocked: it may own what reports in its turn.
    std::shared_ptr<const report_handler> last;
    std::size_t watches = 0;
    {
        std::lock_guard lock(record->mutex);
        record->handler.swap(last);
        watches = std::exchange(record->watches, {}).size();
    }
    for (auto& list : record->cleanups) {
        const biased_lock::guard alone(list.lock);
        list.watches -= watches;
    }
    last.reset();
    std::lock_guard lock(pool.mutex);
    auto& free = record->bias.is_revoked() ? pool.free_revoked : pool.free;
    record->next_free = std::exchange(free, record);
}

executor_home_base::executor_home_base(const context_ref& context) noexcept
    : record_(context.record)
    , counted_(true)
{
    if (!record_)
        return;
    std::lock_guard lock(record_->mutex);
    if (!context.alive())
        return;
    listed_ = true;
    next_ = std::exchange(record_->counted_homes, this);
    if (next_)
        next_->previous_ = this;
}

void executor_home_base::give_up() noexcept
{
    // Acquire and release: the others' last use comes before its end.
    if (owners_.load(std::memory_order_acquire) == 1 ||
        owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        end();
}

void executor_home_base::end() noexcept
{
    auto* const record = record_;
    bool was_listed = false;
    if (record) {
        std::lock_guard lock(record->mutex);
        if (taken_) {
            ended_ = true;
            return;
        }
        was_listed = listed_;
        if (was_listed) {
            (previous_ ? previous_->next_ : record->counted_homes) = next_;
            if (next_)
                next_->previous_ = previous_;
            ++record->homes_ending;
        }
    }
    destroy();
    if (was_listed) {
        std::lock_guard lock(record->mutex);
        --record->homes_ending;
    }
}

executor_home_base* find_kept_home(const context_record& record, const void* type) noexcept
{
    auto* home = record.kept_homes;
    while (home && home->type_ != type)
        home = home->next_;
    return home;
}

void keep_home(context_record& record, executor_home_base& home) noexcept
{
    home.next_ = std::exchange(record.kept_homes, &home);
}

void end_homes(context_record& record) noexcept
{
    // One at a time and unlocked: an executor may be the user's.
    for (;;) {
        executor_home_base* first = nullptr;
        {
            std::lock_guard lock(record.mutex);
            first = record.counted_homes;
            if (!first)
                break;
            record.counted_homes = first->next_;
            if (first->next_)
                first->next_->previous_ = nullptr;
            first->listed_ = false;
            first->taken_ = true;
        }
        first->context_died();
        bool ended = false;
        {
            std::lock_guard lock(record.mutex);
            first->taken_ = false;
            ended = first->ended_;
        }
        if (ended)
            first->destroy();
    }
    // What other threads were about to destroy needs the context.
    for (;; std::this_thread::yield()) {
        std::lock_guard lock(record.mutex);
        if (record.homes_ending == 0)
            return;
    }
}

constinit std::atomic<bool> contexts_have_handlers{false};

report_handler exchange_report_handler(context_record* record, report_handler handler)
{
    contexts_have_handlers.store(true, std::memory_order_relaxed);
    std::shared_ptr<const report_handler> fresh;
    if (handler)
        fresh = std::make_shared<const report_handler>(std::move(handler));
    {
        std::lock_guard lock(record->mutex);
        record->handler.swap(fresh);
    }
    return fresh ? *fresh : report_handler();
}

} // namespace settle::detail
