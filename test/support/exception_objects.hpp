// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

// Counts the exception objects that a thread makes, by throw or by std::make_exception_ptr: both
// get their memory from the one function replaced here. To be included by one file of a program.

#include <cstddef>
#include <dlfcn.h>

namespace support {

inline thread_local long exception_objects = 0;

} // namespace support

extern "C" void* __cxa_allocate_exception(std::size_t size) noexcept
{
    using function = void* (*)(std::size_t);
    static const auto original =
        reinterpret_cast<function>(::dlsym(RTLD_NEXT, "__cxa_allocate_exception"));
    ++support::exception_objects;
    return original(size);
}
