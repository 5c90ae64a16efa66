// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "throws.hpp"

#include <dlfcn.h>
#include <unwind.h>

namespace {

constinit thread_local std::uint64_t count = 0;

using raise = _Unwind_Reason_Code (*)(_Unwind_Exception*);

raise original(const char* name)
{
    return reinterpret_cast<raise>(dlsym(RTLD_NEXT, name));
}

} // namespace

std::uint64_t bench::throws() noexcept
{
    return count;
}

// Every throw comes by here: throw and std::rethrow_exception by the first, `throw;` by the second.
extern "C" {

_Unwind_Reason_Code _Unwind_RaiseException(_Unwind_Exception* exception)
{
    static const raise next = original("_Unwind_RaiseException");
    ++count;
    return next(exception);
}

_Unwind_Reason_Code _Unwind_Resume_or_Rethrow(_Unwind_Exception* exception)
{
    static const raise next = original("_Unwind_Resume_or_Rethrow");
    ++count;
    return next(exception);
}
}
