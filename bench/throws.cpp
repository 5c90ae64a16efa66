// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "throws.hpp"

#include <dlfcn.h>
#include <unwind.h>

namespace {

constinit thread_local std::uint64_t count = 0;

} // namespace

std::uint64_t bench::throws() noexcept
{
    return count;
}

// Every throw comes by here, also `throw;` and std::rethrow_exception.
extern "C" _Unwind_Reason_Code _Unwind_RaiseException(_Unwind_Exception* exception)
{
    using raise = _Unwind_Reason_Code (*)(_Unwind_Exception*);
    static const auto next = reinterpret_cast<raise>(dlsym(RTLD_NEXT, "_Unwind_RaiseException"));
    ++count;
    return next(exception);
}
