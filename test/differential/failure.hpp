// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "program.hpp"

#include <settle/reason.hpp>

#include <exception>
#include <string>

namespace differential {

// The programs' errors are numbers: exceptions ("x5") or error codes of a category ("c5").
struct failure : std::exception {
    explicit failure(int its_number)
        : number(its_number)
    {
    }
    int number;
};

// A reason as the story tells it, and the number that a handler reckons with.
struct told_reason {
    std::string text;
    int number = 0;
};

[[nodiscard]] told_reason tell(const settle::reason& why);

// An error_code stays one: no exception object is made.
[[nodiscard]] settle::reason reason_of(const error& plan);

[[noreturn]] void raise(const error& plan);

} // namespace differential
