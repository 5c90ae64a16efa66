// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "books.hpp"

#include <settle/report.hpp>

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace echo {

/// Books settle's reports while it lives: displaced reasons to the account of the kind of peer
/// whose session they come from; everything else is unexpected.
class report_desk {
public:
    explicit report_desk(std::deque<account>& accounts);
    ~report_desk();
    report_desk(const report_desk&) = delete;
    report_desk& operator=(const report_desk&) = delete;

    [[nodiscard]] std::vector<std::string> unexpected() const;

private:
    void receive(const settle::report& what);

    std::deque<account>& accounts_;
    settle::report_handler previous_;
    mutable std::mutex mutex_;
    std::vector<std::string> unexpected_;
};

} // namespace echo
