// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>

namespace echo {

/// Raises the soft limit on open files where it is lower than `needed`. Throws a
/// std::runtime_error that says what is needed when the hard limit does not allow it.
void ensure_open_files(std::size_t needed);

} // namespace echo
