# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0

# Warnings for a target of settle's own; private, so nobody who links it inherits them.
function(settle_target_options target)
    if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
        target_compile_options(${target} PRIVATE
            -Wall -Wextra -Wpedantic -Wshadow -Wconversion
            $<$<BOOL:${SETTLE_WERROR}>:-Werror>)
    endif()
endfunction()
