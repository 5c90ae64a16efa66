// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/detail/drainable.hpp>

namespace settle::detail {

void drain_request::attach(drainable& target, drain_list& list) noexcept
{
    list_ = &list;
    target_ = &target;
    target.request_ = this;
    target.asked_ = true;
    ++list.watches;
}

void drain_request::detach() noexcept
{
    if (auto* const target = std::exchange(target_, nullptr)) {
        target->request_ = nullptr;
        --list_->watches;
    }
}

drain_request::~drain_request()
{
    if (!list_) // none was left for it
        return;
    const biased_lock::guard alone(list_->lock);
    detach();
}

drainable* drain_request::begin_visit(std::thread::id& by) noexcept
{
    const biased_lock::guard alone(list_->lock);
    if (target_)
        by = std::this_thread::get_id();
    return target_;
}

void drain_request::end_visit(std::thread::id& by, bool ask_again) noexcept
{
    const biased_lock::guard alone(list_->lock);
    by = {};
    if (target_ && ask_again) {
        target_->asked_ = false;
        detach();
    }
}

bool drain_request::is_visited_by_others() const noexcept
{
    const auto is_other = [](const std::thread::id& id) {
        return id != std::thread::id() && id != std::this_thread::get_id();
    };
    return is_other(sender_) || is_other(visitor_);
}

void drain_request::send(const std::shared_ptr<drain_request>& self) noexcept
{
    auto* const target = begin_visit(sender_);
    if (!target)
        return;
    bool sent = true;
    try {
        target->ask(self);
    } catch (...) {
        sent = false;
    }
    end_visit(sender_, !sent);
}

void drain_request::carry_out()
{
    struct visit {
        drain_request& request;
        bool cancelled = false;
        ~visit() { request.end_visit(request.visitor_, !cancelled); }
    };
    if (auto* const target = begin_visit(visitor_)) {
        visit during{*this};
        during.cancelled = target->cancel_cleanup();
    }
}

void drainable::list_slowly(drain_list& list, std::uint64_t generation) noexcept
{
    const biased_lock::guard alone(list.lock);
    link(list, generation);
}

void drainable::unlist_slowly() noexcept
{
    auto& record = *list_->record;
    bool watched = false;
    for (backoff turns;; turns.wait()) { // while another thread is at it
        const biased_lock::guard alone(list_->lock);
        if (request_ && request_->is_visited_by_others())
            continue;
        if (request_)
            request_->detach();
        watched = is_known_to_watches();
        if (watched)
            ++(ended_ ? list_->ended : list_->dropped);
        unlink();
        break;
    }
    if (!watched)
        return;
    // Without memory a drain would not hear of its end, so that ends the program.
    std::vector<std::shared_ptr<drain_watch>> watches;
    {
        std::lock_guard lock(record.mutex);
        for (const auto& each : record.watches)
            watches.push_back(each.watch.lock());
    }
    for (const auto& watch : watches) {
        if (watch)
            watch->cleanup_gone();
    }
}

bool drainable::is_known_to_watches() const noexcept
{
    return due_.load(std::memory_order_relaxed) && list_->watches != 0 &&
           context_ref(list_->record, generation_).alive();
}

drain_census take_census(const context_ref& context) noexcept
{
    drain_census found;
    for (auto& list : context.record->cleanups) {
        const biased_lock::guard alone(list.lock);
        found.ended += list.ended;
        found.dropped += list.dropped;
        for (auto* each = list.first; each; each = each->next_) {
            if (each->generation_ == context.generation)
                ++(each->due_.load(std::memory_order_relaxed) ? found.cleanups : found.operations);
        }
    }
    return found;
}

bool has_due_cleanups(const context_ref& context) noexcept
{
    for (auto& list : context.record->cleanups) {
        const biased_lock::guard alone(list.lock);
        for (auto* each = list.first; each; each = each->next_) {
            if (each->due_.load(std::memory_order_relaxed) &&
                each->generation_ == context.generation)
                return true;
        }
    }
    return false;
}

std::vector<std::shared_ptr<drain_request>> make_drain_requests(const context_ref& context)
{
    // Made before the lists are locked. Those that find none, since others have become due
    // meanwhile, have their turn the next time.
    std::vector<std::shared_ptr<drain_request>> made(take_census(context).cleanups);
    for (auto& each : made)
        each = std::make_shared<drain_request>();
    auto next = made.begin();
    for (auto& list : context.record->cleanups) {
        const biased_lock::guard alone(list.lock);
        for (auto* each = list.first; each && next != made.end(); each = each->next_) {
            if (!each->asked_ && each->due_.load(std::memory_order_relaxed) &&
                each->generation_ == context.generation)
                (*next++)->attach(*each, list);
        }
    }
    made.erase(next, made.end());
    return made;
}

void add_drain_watch(context_record& record, std::weak_ptr<drain_watch> watch)
{
    {
        const std::lock_guard alone(record.mutex);
        const auto* const what = watch.lock().get();
        record.watches.push_back({what, std::move(watch)});
    }
    for (auto& list : record.cleanups) {
        const biased_lock::guard alone(list.lock);
        ++list.watches;
    }
}

void remove_drain_watch(context_record& record, const drain_watch& watch) noexcept
{
    {
        const std::lock_guard alone(record.mutex);
        const auto is_it = [&](const listed_watch& each) { return each.what == &watch; };
        if (std::erase_if(record.watches, is_it) == 0)
            return;
    }
    for (auto& list : record.cleanups) {
        const biased_lock::guard alone(list.lock);
        --list.watches;
    }
}

} // namespace settle::detail
