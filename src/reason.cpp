// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/reason.hpp>

#include <settle/report.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <source_location>
#include <system_error>
#include <utility>

namespace settle {

namespace detail {

// Shared by the copies of a reason and immutable while shared; one that is not can be added to, so
// that of many failures which displace one another none is copied again and again.
struct suppressed_list {
    std::atomic<unsigned> owners{1};
    std::vector<reason> reasons;
};

} // namespace detail

namespace {

// A zero code in an exception would read as success.
error_code nonzero(error_code code) noexcept
{
    return code ? code : make_error_code(errc::exception_thrown);
}

} // namespace

bool reason::find_code_in_exception(error_code& found) const noexcept
{
    try {
        std::rethrow_exception(exception_);
    } catch (const boost::system::system_error& e) {
        found = nonzero(e.code());
        return true;
    } catch (const std::system_error& e) {
        found = nonzero(e.code());
        return true;
    } catch (...) {
        return false;
    }
}

std::exception_ptr reason::exception_from_code() const
{
    return std::make_exception_ptr(boost::system::system_error(code_));
}

const std::vector<reason>& reason::suppressed() const noexcept
{
    static const std::vector<reason> none;
    return has_suppressed() ? list()->reasons : none;
}

void reason::suppress(reason older) noexcept
{
    try {
        auto& all = older.own_list();
        const auto needed = all.size() + 1 + suppressed().size();
        if (needed > all.capacity())
            all.reserve(std::max(needed, 2 * all.capacity()));
        // Nothing throws any more.
        const auto* const merged = older.list();
        older.tagged_ &= exception_tag;
        all.push_back(std::move(older));
        all.insert(all.end(), suppressed().begin(), suppressed().end());
        forget_suppressed();
        tagged_ |= reinterpret_cast<std::uintptr_t>(merged);
    } catch (...) {
        detail::emit(report_kind::displaced_reason, older, std::source_location::current());
    }
}

std::vector<reason>& reason::own_list()
{
    if (!has_suppressed() || list()->owners.load(std::memory_order_acquire) != 1) {
        auto copied = std::make_unique<detail::suppressed_list>();
        copied->reasons = suppressed();
        forget_suppressed();
        tagged_ |= reinterpret_cast<std::uintptr_t>(copied.release());
    }
    return list()->reasons;
}

void reason::share_suppressed() const noexcept
{
    // Relaxed: a new owner is made from an existing one, which keeps the list alive meanwhile.
    list()->owners.fetch_add(1, std::memory_order_relaxed);
}

void reason::drop_suppressed() noexcept
{
    auto* owned = list();
    tagged_ &= exception_tag;
    // Acquire and release: the last owner's delete comes after every other owner's last read.
    if (owned->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
        delete owned;
}

void reason::rethrow() const
{
    std::rethrow_exception(exception());
}

std::string reason::message() const
{
    if (holds_code())
        return code_.message();
    try {
        std::rethrow_exception(exception_);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return make_error_code(errc::exception_thrown).message();
    }
}

void throw_exception_from_error(const reason& why, const boost::source_location&)
{
    why.rethrow();
}

} // namespace settle
