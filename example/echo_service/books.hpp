// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "counter.hpp"

#include <settle/reason.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace echo {

/// What is known of a group of operations. Each column is counted where it happens and none is
/// derived from another, so that they can be held against each other at the end.
struct account {
    explicit account(std::string title)
        : name(std::move(title))
    {
    }

    std::string name;
    counter started;
    counter ended;           // counted by the operation
    counter cleaned;         // counted by the cleanup
    counter untouched;       // counted by whoever waited: the operation's own outcome arrived
    counter replaced;        // or another one
    counter cleanups_failed; // counted by a cleanup that is about to fail
    counter displacing;      // those whose operation had failed itself
    counter displaced;       // counted by the report handler
};

/// What does not balance, in words; empty when everything does.
[[nodiscard]] std::vector<std::string> discrepancies(const account& group);

/// The life of one operation, as its account sees it. The steps come one after another, on whatever
/// thread serves the operation's executor; the entry stays where it is meanwhile.
class entry {
public:
    explicit entry(account& group) noexcept;
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

    void ended(const boost::system::error_code& ec, std::size_t bytes = 0) noexcept;
    void cleaned() noexcept { account_.cleaned.up(); }
    void cleanup_fails() noexcept;
    void delivered(const boost::system::error_code& ec, std::size_t bytes = 0) noexcept;
    void delivered(const settle::reason& why) noexcept;

    /// For an operation without a witness, where the cleanup is noexcept and so cannot replace the
    /// outcome: what was delivered is what it ended with.
    void ended_and_delivered(const boost::system::error_code& ec, std::size_t bytes = 0) noexcept;

    [[nodiscard]] bool operation_failed() const noexcept { return outcome_.failed(); }

    /// `operation | entry.witness() | settle::finally(cleanup)`: sees the operation's own outcome
    /// before any cleanup does.
    [[nodiscard]] auto witness() noexcept
    {
        return boost::asio::deferred([this](boost::system::error_code ec, std::size_t bytes) {
            ended(ec, bytes);
            return boost::asio::deferred.values(ec, bytes);
        });
    }

private:
    void deliver(bool same) noexcept { (same ? account_.untouched : account_.replaced).up(); }

    account& account_;
    boost::system::error_code outcome_;
    std::size_t bytes_ = 0;
};

} // namespace echo
