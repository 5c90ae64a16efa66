// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#define BOOST_TEST_MODULE settle
#include <boost/test/unit_test.hpp>
