// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// What goes around a cleanup that is given to finally, in any order.

#include <settle/best_effort.hpp>
#include <settle/on_abandon.hpp>
#include <settle/within.hpp>
