// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "workloads.hpp"

std::vector<bench::rival> bench::cobalt_operation()
{
    return {};
}
