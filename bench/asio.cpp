// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Asio's own functions, once: otherwise the compiler inlines them into one side of a pair and not
// into the other, as it finds room in a source file, and that would be counted.
#include <boost/asio/impl/src.hpp>
