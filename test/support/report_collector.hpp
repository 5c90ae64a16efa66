// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <settle/report.hpp>

#include <cstddef>
#include <mutex>
#include <vector>

namespace support {

/// Collects what is reported while it lives, and then restores the handler there was.
class report_collector {
public:
    report_collector()
        : previous_(settle::set_report_handler([this](const settle::report& what) {
            std::lock_guard lock(mutex_);
            reports_.push_back(what);
        }))
    {
    }

    report_collector(const report_collector&) = delete;
    report_collector& operator=(const report_collector&) = delete;

    ~report_collector() { settle::set_report_handler(previous_); }

    [[nodiscard]] std::size_t count() const
    {
        std::lock_guard lock(mutex_);
        return reports_.size();
    }

    [[nodiscard]] std::size_t count(settle::report_kind kind) const { return all(kind).size(); }

    [[nodiscard]] std::vector<settle::report> all(settle::report_kind kind) const
    {
        std::lock_guard lock(mutex_);
        std::vector<settle::report> found;
        for (const auto& what : reports_)
            if (what.kind == kind)
                found.push_back(what);
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<settle::report> reports_;
    settle::report_handler previous_;
};

} // namespace support
