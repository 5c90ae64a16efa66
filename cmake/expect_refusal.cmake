# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0

# cmake -Dwords=TEXT -P expect_refusal.cmake -- PROGRAM argument...
#
# Passes when the program says the words on stderr and returns a status other than 0 by itself.

cmake_minimum_required(VERSION 3.25)

set(command "")
set(seen_separator FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(seen_separator)
        list(APPEND command "${CMAKE_ARGV${i}}")
    elseif(CMAKE_ARGV${i} STREQUAL "--")
        set(seen_separator TRUE)
    endif()
endforeach()

execute_process(COMMAND ${command} TIMEOUT 20
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)

# A signal or the time limit gives words instead of a number; a shell reports signals from 128 on.
if(NOT result MATCHES "^[0-9]+$" OR result GREATER_EQUAL 128)
    message(FATAL_ERROR "ended with '${result}' instead of refusing:\n${output}${error}")
endif()
if(result EQUAL 0)
    message(FATAL_ERROR "returned 0 instead of refusing:\n${output}${error}")
endif()
# A sanitizer's report is no refusal.
if(error MATCHES "Sanitizer")
    message(FATAL_ERROR "${error}")
endif()
string(FIND "${error}" "${words}" position)
if(position EQUAL -1)
    message(FATAL_ERROR "refused without saying '${words}':\n${error}")
endif()
