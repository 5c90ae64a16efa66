# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0

# cmake -Dcase=FILE -Dflags=FILE -Dheaders=FILE -Drefused=ON|OFF -P compile_fail.cmake
# cmake -Dflags=FILE -Dheaders=FILE -P compile_fail.cmake
#
# Passes when the case does not compile, one of the errors contains the words of its first line
# ('// expect: words'), and its SETTLE_CONTROL variant does compile. Where the case is not to be
# refused, both must compile. Without a case it precompiles the headers, which every case would
# include first.

cmake_minimum_required(VERSION 3.25)
include("${flags}")

separate_arguments(arguments UNIX_COMMAND "${user_flags}")
list(APPEND arguments "${standard}" -fdiagnostics-color=never -fmessage-length=0)
# Without the quoted source lines: they may contain the words that the message should say.
if(compiler_id MATCHES "Clang")
    list(APPEND arguments -fno-caret-diagnostics)
else()
    list(APPEND arguments -fno-diagnostics-show-caret)
endif()
foreach(directory IN LISTS includes)
    if(NOT directory IN_LIST implicit_includes)
        list(APPEND arguments "-I${directory}")
    endif()
endforeach()
foreach(definition IN LISTS definitions)
    list(APPEND arguments "-D${definition}")
endforeach()

set(ENV{LC_ALL} C)

if(NOT case)
    execute_process(COMMAND_ERROR_IS_FATAL ANY
        COMMAND "${compiler}" ${arguments} -x c++-header "${headers}" -o "${headers}.gch")
    return()
endif()
list(APPEND arguments -fsyntax-only -include "${headers}")

file(STRINGS "${case}" first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect: (.+)$")
    message(FATAL_ERROR "${case}: the first line must be '// expect: words of the error'")
endif()
set(expected "${CMAKE_MATCH_1}")

file(READ "${case}" text)
if(NOT text MATCHES "#if[^\n]*SETTLE_CONTROL")
    message(FATAL_ERROR "${case}: has no SETTLE_CONTROL variant that compiles")
endif()

execute_process(COMMAND "${compiler}" ${arguments} -DSETTLE_CONTROL "${case}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "The right way (SETTLE_CONTROL) does not compile:\n${output}")
endif()

execute_process(COMMAND "${compiler}" ${arguments} "${case}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT refused)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "This compiler should accept it:\n${output}")
    endif()
    return()
endif()
if(result EQUAL 0)
    message(FATAL_ERROR "It compiles, but should be refused with: ${expected}")
endif()

# Line by line, without CMake's list splitting, which brackets and semicolons would confuse.
set(rest "${output}\n")
while(NOT rest STREQUAL "")
    string(FIND "${rest}" "\n" end)
    string(SUBSTRING "${rest}" 0 ${end} line)
    math(EXPR begin "${end} + 1")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${line}" "error: " is_error)
    if(NOT is_error EQUAL -1)
        string(FIND "${line}" "${expected}" position)
        if(NOT position EQUAL -1)
            return()
        endif()
    endif()
endwhile()
message(FATAL_ERROR "It is refused, but no error says '${expected}':\n${output}")
