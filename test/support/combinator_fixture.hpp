// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "report_collector.hpp"
#include "thenable.hpp"

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace support {

/// What a combinator is given. What loses is observed all the same, so nothing is reported.
struct combinator_fixture {
    using promise = settle::promise<int, boost::asio::io_context::executor_type>;

    ~combinator_fixture() { BOOST_TEST(reports.count() == 0U); }

    promise fulfilled(int i) { return settle::resolved(context, i); }
    promise rejected(settle::errc why) { return settle::rejected<int>(context, why); }
    promise following(std::function<void(const settle::resolver<int>&)> then)
    {
        return settle::resolved(context, thenable<int>{std::move(then)});
    }

    template <class... Promises>
    static std::vector<promise> range_of(Promises... promises)
    {
        std::vector<promise> given;
        (given.push_back(std::move(promises)), ...);
        return given;
    }

    report_collector reports;
    boost::asio::io_context context;
};

} // namespace support
