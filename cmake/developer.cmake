# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0

# What only settle's own developers want: included when settle is the top-level project.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

# ccache refuses to cache with a precompiled header unless told that neither its time stamps nor
# the macros defined before it matter, which CMake guarantees by keying it on the target's flags;
# and unless GCC keeps it apart when it preprocesses.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>")
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(SETTLE_CCACHE ccache)
    mark_as_advanced(SETTLE_CCACHE)
    if(SETTLE_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
            CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
            "${SETTLE_CCACHE}")
    endif()
endif()

# Asio's templates fill GCC's heap: collecting less often saves a tenth of the time.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-heapsize=1000000>")

if(SETTLE_SANITIZE)
    add_compile_options(-fsanitize=${SETTLE_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SETTLE_SANITIZE})
    # Asio fences a reference count; GCC's TSan says that it does not model fences.
    if(SETTLE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-tsan)
    endif()
endif()
