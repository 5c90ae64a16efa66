// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "machine.hpp"

#include <stdexcept>

namespace differential {

any_promise combine(machine&, const statement&)
{
    throw std::runtime_error("no combinators yet");
}

} // namespace differential
