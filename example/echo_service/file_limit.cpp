// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "file_limit.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace echo {

void ensure_open_files(std::size_t needed)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw std::system_error(errno, std::generic_category(), "the limit on open files");
    if (limit.rlim_cur >= needed)
        return;
    if (limit.rlim_max >= needed) {
        limit.rlim_cur = needed;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return;
    }
    throw std::runtime_error("this needs " + std::to_string(needed) +
                             " open files and the limit is " + std::to_string(limit.rlim_max) +
                             "; raise it (ulimit -Hn) or ask for fewer --connections");
}

} // namespace echo
