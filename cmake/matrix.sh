#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# matrix.sh [row...]
#
# Builds and runs the tests of the completion adapter and of coroutines (Boost.Cobalt's too, where it
# is found), warnings being errors, once for each row: with this machine's compiler and Boost, or
# inside a newer Debian (see root.sh), and with those of Asio's macros that the row names. Under CI
# the README must list the compiler and the Boost release that a row found.

set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$checkout"

rows=(no_deprecated no_ts_executors handler_tracking
    trixie trixie_no_ts_executors_handler_tracking sid sid_no_deprecated)

# What the README's table calls the compiler and the Boost in use.
toolchain() {
    printf '#include <boost/version.hpp>
#ifdef __clang__
settle Clang __clang_major__ BOOST_LIB_VERSION
#else
settle GCC __GNUC__ BOOST_LIB_VERSION
#endif\n' | "${CXX:-c++}" -E -P -x c++ - |
        sed -n 's/^settle \([^ ]*\) \([0-9]*\) "\([0-9]*\)_\([0-9]*\).*"$/| \1 \2 | \3.\4 |/p'
}

build_and_run() { # row labels
    local build="build/matrix/$1" found definitions=
    [[ $1 != *no_deprecated* ]] || definitions+=";BOOST_ASIO_NO_DEPRECATED"
    [[ $1 != *no_ts_executors* ]] || definitions+=";BOOST_ASIO_NO_TS_EXECUTORS"
    [[ $1 != *handler_tracking* ]] || definitions+=";BOOST_ASIO_ENABLE_HANDLER_TRACKING"
    definitions=${definitions#;}
    found=$(toolchain)
    echo "matrix: $1: $found $definitions"
    if [ -n "${CI:-}" ] && ! grep -qF "$found" README.md; then
        echo "matrix: the README does not list $found" >&2
        return 1
    fi
    cmake --preset matrix -B "$build" "-DSETTLE_TEST_DEFINITIONS=$definitions"
    cmake --build "$build" -j "$(nproc)" --target settle_adapter_tests -- -k 0
    # Handler tracking writes too much to look at: it stays in ctest's own log.
    ctest --test-dir "$build" -j "$(nproc)" -L "^($2)\$" --no-tests=error --output-on-failure \
        --test-output-size-failed 100000000 2>&1 | { grep --line-buffered -v '^@asio|' || true; }
}

run_row() { # row
    if [[ " ${rows[*]} " != *" $1 "* ]]; then
        echo "matrix: no row '$1'; there are: ${rows[*]}" >&2
        exit 2
    fi
    case "$1" in
        trixie* | sid*) cmake/root.sh "${1%%_*}" cmake/matrix.sh --here "$1" ;;
        *) build_and_run "$1" adapter ;;
    esac
}

# Inside the root already.
if [ "${1:-}" = --here ]; then
    build_and_run "$2" "adapter|compile_fail"
    exit
fi

[ $# -gt 0 ] || set -- "${rows[@]}"
for row; do
    run_row "$row"
done
